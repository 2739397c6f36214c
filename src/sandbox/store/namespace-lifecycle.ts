import type { KubeObject } from './kube-object.js';
import { forbidden, invalid, requiredValue } from './refusals.js';
import type { ResourceKind } from './resource-kind.js';
import { StatusError } from './status-error.js';

const FINALIZER = 'kubernetes';

export const isTerminating = (namespace: KubeObject): boolean =>
  namespace.metadata.deletionTimestamp !== undefined || namespace.status?.phase === 'Terminating';

/** What every new namespace carries: the `kubernetes` finalizer, its name as a label, phase Active. */
export function dressNamespace(namespace: KubeObject): void {
  namespace.metadata.labels = {
    ...namespace.metadata.labels,
    'kubernetes.io/metadata.name': namespace.metadata.name,
  };
  namespace.spec = { ...namespace.spec, finalizers: [FINALIZER] };
  namespace.status = { phase: 'Active' };
}

export function endNamespace(namespace: KubeObject): void {
  namespace.status = { ...namespace.status, phase: 'Terminating' };
}

/**
 * The NamespaceLifecycle admission of Kubernetes.
 * @throws StatusError 404 for a namespace that is not there, 403 (NamespaceTerminating) for one that is going.
 */
export function admitToNamespace(
  kind: ResourceKind,
  name: string | undefined,
  objectName: string,
  find: (name: string) => KubeObject | undefined,
): void {
  if (!kind.namespaced) return;
  if (!name) throw invalid(kind, objectName, [requiredValue('metadata.namespace', 'must be given')]);
  const namespace = find(name);
  if (!namespace)
    throw new StatusError(404, 'NotFound', `namespaces "${name}" not found`, { name, kind: 'namespaces' });
  if (isTerminating(namespace))
    throw forbidden(
      kind,
      objectName,
      `unable to create new content in namespace ${name} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${name} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
}
