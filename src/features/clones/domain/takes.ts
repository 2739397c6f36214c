import type { OperationRecord, Take } from '../../operations/operations.contract.js';
import type { CloneInput } from './clone-input.js';

/** A clone is a machine as large as its original, in the project that it is made in. */
export function cloneTakes({ input }: Pick<OperationRecord, 'input'>): Take[] {
  const { source, name, start } = input as unknown as CloneInput;
  const like = { virtualMachine: source.name, projectId: source.project.id };
  return [
    { type: 'virtual-machine', name, like, running: start },
    { type: 'disks-of', name, like },
  ];
}
