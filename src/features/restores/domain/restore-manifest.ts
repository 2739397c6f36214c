import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { provenance } from '../../snapshots/cluster-reading.contract.js';
import { restoreName } from './restore-input.js';

/** A VirtualMachineRestore (snapshot.kubevirt.io; the client sets the version served). */
export const restoreManifest = (
  operation: Pick<OperationRecord, 'id' | 'requestId' | 'requestedBy' | 'project'>,
  { target, snapshot, patches }: { target: string; snapshot: string; patches: readonly string[] },
): KubeObject => ({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  kind: 'VirtualMachineRestore',
  metadata: {
    name: restoreName(operation.id),
    namespace: operation.project.namespace,
    annotations: provenance(operation),
  },
  spec: {
    target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: target },
    virtualMachineSnapshotName: snapshot,
    ...(patches.length > 0 && { patches }),
  },
});
