import { quantityBytes } from '../controllers/quantity.js';
import { CLAIMS, VMS } from '../controllers/reconciliation.js';
import { guestMemoryBytes } from '../controllers/vmi-defaults.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { StatusError } from '../store/status-error.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { badRequest, conflict } from './kubevirt-refusals.js';
import {
  ACCEPTED,
  findInstance,
  machineOf,
  optionsOf,
  type SubresourceContext,
} from './subresource-context.js';

/** What a dump holds besides the memory itself. @see KubeVirt pkg/storage/memorydump. */
const OVERHEAD_BYTES = 100n * 1024n * 1024n;

/** PUT memorydump: {claimName}. Leaves a request in the machine's status, which the controller carries out. */
export function memoryDump(context: SubresourceContext, request: SubresourceRequest): SubresourceResponse {
  const { claimName } = optionsOf(request);
  const vm = machineOf(context, request);
  const refuse = (why: string) => conflict('virtualmachine', request.name, why);
  const bound: string | undefined = vm.status?.memoryDumpRequest?.claimName;
  const wanted: unknown = claimName ?? bound;
  if (typeof wanted !== 'string' || wanted === '')
    throw badRequest('memory dump request must contain a claimName');
  if (bound !== undefined && bound !== wanted) {
    throw refuse('memory dump already associated with the VM, remove it first to use another claim');
  }
  const phase = vm.status?.memoryDumpRequest?.phase;
  if (phase && phase !== 'Completed' && phase !== 'Failed')
    throw refuse('memory dump request already in progress');
  const claim = context.store.get(CLAIMS, request.namespace, wanted);
  if (!claim) {
    throw new StatusError(404, 'NotFound', `persistentvolumeclaims "${wanted}" not found`, {
      name: wanted,
      kind: 'persistentvolumeclaims',
    });
  }
  if (claim.spec.volumeMode === 'Block')
    throw refuse("pvc block mode is not supported, the memory dump claim's volume mode should be Filesystem");
  if (!claim.spec.accessModes?.some((mode: string) => mode.startsWith('ReadWrite'))) {
    throw refuse('pvc access mode should be ReadWriteOnce or ReadWriteMany');
  }
  const vmi = findInstance(context, request);
  if (vmi?.status?.phase !== 'Running') throw refuse('VM is not running');
  const needed = guestMemoryBytes(vmi.spec) + OVERHEAD_BYTES;
  if ((quantityBytes(claim.spec.resources?.requests?.storage) ?? 0n) < needed) {
    throw refuse(`pvc size should be bigger than the memory size plus overhead: ${needed} bytes`);
  }
  leave(context, vm, { claimName: wanted, phase: 'Associating' });
  return ACCEPTED;
}

export function removeMemoryDump(
  context: SubresourceContext,
  request: SubresourceRequest,
): SubresourceResponse {
  const vm = machineOf(context, request);
  const present = vm.status?.memoryDumpRequest;
  if (!present) throw conflict('virtualmachine', request.name, 'no memory dump is associated with the VM');
  leave(context, vm, { ...present, remove: true, phase: 'Dissociating' });
  return ACCEPTED;
}

function leave({ store }: SubresourceContext, vm: KubeObject, memoryDumpRequest: Untyped): void {
  store.update(VMS, { ...vm, status: { ...vm.status, memoryDumpRequest } }, 'status');
}
