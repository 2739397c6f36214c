import { sameJson } from '../store/frozen-copy.js';
import type { NewObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { invalid } from '../store/refusals.js';
import type { ResourceKinds } from '../store/resource-kind.js';
import type { AdmissionPlugin, AdmissionRequest } from './extension.js';

const RBAC = 'rbac.authorization.k8s.io';
const BINDINGS = [`rolebindings.${RBAC}`, `clusterrolebindings.${RBAC}`];
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/**
 * What Kubernetes fills into built-in kinds that come over the wire (the `defaults.go` of its API packages), as far as
 * the sandbox's own controllers and clients look at it.
 */
export class BuiltInDefaults implements AdmissionPlugin {
  readonly resources = ['secrets', 'services', 'persistentvolumeclaims', 'pods', ...BINDINGS];

  constructor(
    private readonly store: ObjectStore,
    private readonly kinds: ResourceKinds,
  ) {}

  mutate({ resource, operation, object }: AdmissionRequest): NewObject {
    const draft = object as NewObject;
    if (resource === 'secrets') this.secret(draft);
    else if (resource === 'services') this.service(draft);
    else if (resource === 'pods') this.pod(draft);
    else if (BINDINGS.includes(resource)) this.binding(draft);
    else if (operation === 'CREATE') this.claim(draft);
    return draft;
  }

  validate({ resource, operation, object, oldObject }: AdmissionRequest): void {
    if (operation !== 'UPDATE' || !BINDINGS.includes(resource) || !object) return;
    if (sameJson(object.roleRef, oldObject?.roleRef)) return;
    throw invalid(this.kinds.require(resource), object.metadata.name as string, [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(object.roleRef)}: cannot change roleRef`,
        field: 'roleRef',
      },
    ]);
  }

  private secret(draft: NewObject): void {
    const encoded = Object.entries(draft.stringData ?? {}).map(([key, text]) => [
      key,
      Buffer.from(String(text)).toString('base64'),
    ]);
    if (encoded.length > 0) draft.data = { ...draft.data, ...Object.fromEntries(encoded) };
    delete draft.stringData;
    draft.type ??= 'Opaque';
  }

  private service(draft: NewObject): void {
    draft.spec = { type: 'ClusterIP', sessionAffinity: 'None', ...draft.spec };
    for (const port of (draft.spec.ports ?? []) as Untyped[]) {
      port.protocol ??= 'TCP';
      port.targetPort ??= port.port;
    }
  }

  private pod(draft: NewObject): void {
    draft.spec = { restartPolicy: 'Always', serviceAccountName: 'default', ...draft.spec };
  }

  private binding(draft: NewObject): void {
    if (draft.roleRef) draft.roleRef.apiGroup ||= RBAC;
    for (const subject of (draft.subjects ?? []) as Untyped[])
      if (subject.kind !== 'ServiceAccount') subject.apiGroup ||= RBAC;
  }

  private claim(draft: NewObject): void {
    draft.spec = { volumeMode: 'Filesystem', ...draft.spec };
    if (draft.spec.storageClassName !== undefined) return;
    const standard = this.store
      .list('storageclasses.storage.k8s.io')
      .find((storage) => storage.metadata.annotations?.[DEFAULT_CLASS] === 'true');
    if (standard) draft.spec.storageClassName = standard.metadata.name;
  }
}
