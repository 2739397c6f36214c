import { type CreatedBy, formatCreatedBy } from '../../../kernel/created-by.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ServiceSpec } from './service.js';

/** On a service: the machine that it is made for. */
export const MACHINE_LABEL = 'virtgate.io/virtual-machine';
export const OPERATION_ANNOTATION = 'virtgate.io/operation-id';

interface From {
  id: string;
  requestId: string;
  requestedBy: CreatedBy;
  project: { namespace: string };
}

/**
 * The Service of a machine: of the pods that hold its guest, which KubeVirt labels with its name. The machine owns it, so
 * that the cluster removes both together. Nothing of a request is copied through: no external addresses, no annotations.
 */
export const serviceManifest = (
  operation: From,
  machine: { name: string; uid: string },
  { name, type, ports, ipFamilyPolicy }: ServiceSpec,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name,
    namespace: operation.project.namespace,
    labels: { [MACHINE_LABEL]: machine.name },
    annotations: {
      [OPERATION_ANNOTATION]: operation.id,
      'virtgate.io/request-id': operation.requestId,
      'virtgate.io/created-by': formatCreatedBy(operation.requestedBy),
    },
    ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', ...machine }],
  },
  spec: {
    type,
    selector: { 'vm.kubevirt.io/name': machine.name },
    ports: ports.map((port) => ({ ...port })),
    ...(ipFamilyPolicy !== null && { ipFamilyPolicy }),
  },
});
