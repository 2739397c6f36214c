import { type CreatedBy, formatCreatedBy } from '../../../kernel/created-by.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';

export const ANNOTATION = {
  requestId: 'virtgate.io/request-id',
  operationId: 'virtgate.io/operation-id',
  createdBy: 'virtgate.io/created-by',
} as const;

/** What an operation's migration is called: asked twice, it meets itself. */
export const migrationName = (operationId: string): string => `migration-${operationId}`;

/** Kubernetes' own label of a node's name. */
export const HOSTNAME_LABEL = 'kubernetes.io/hostname';

interface From {
  id: string;
  requestId: string;
  requestedBy: CreatedBy;
  project: { namespace: string };
}

/**
 * A VirtualMachineInstanceMigration, made as an object and not by the subresource `migrate`: so refusals are real ones,
 * and it has a name to follow and to take back. `addedNodeSelector` is known since KubeVirt 1.6.
 */
export const migrationManifest = (
  operation: From,
  { machine, nodeHostname }: { machine: string; nodeHostname: string | null },
): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstanceMigration',
  metadata: {
    name: migrationName(operation.id),
    namespace: operation.project.namespace,
    annotations: {
      [ANNOTATION.operationId]: operation.id,
      [ANNOTATION.requestId]: operation.requestId,
      [ANNOTATION.createdBy]: formatCreatedBy(operation.requestedBy),
    },
  },
  spec: {
    vmiName: machine,
    ...(nodeHostname !== null && { addedNodeSelector: { [HOSTNAME_LABEL]: nodeHostname } }),
  },
});
