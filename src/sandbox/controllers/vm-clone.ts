import type { Controller } from './reconciliation.js';
import { VM_CLONES } from './reconciliation.js';

export const machineCloneController: Controller = {
  name: 'virtualmachineclone',
  resource: VM_CLONES,
  reconcile: () => ({ changes: [] }),
};
