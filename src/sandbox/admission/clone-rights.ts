import { type Origin, originOf } from '../controllers/data-volume-source.js';
import type { Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { User } from '../wire/extension.js';
import type { RbacAuthorizer } from '../wire/rbac-authorizer.js';
import { serviceAccountGroups } from '../wire/service-account-tokens.js';

/** Says whether somebody may clone out of another namespace. */
export type CloneRights = Pick<RbacAuthorizer, 'allows'>;

/** Who a machine's own disks are cloned by: KubeVirt asks for the service account that the machine names. */
export function machineAccount(namespace: string, spec: Untyped): User {
  const named = (spec.template?.spec?.volumes ?? []).find((one: Untyped) => one.serviceAccount);
  const account = named?.serviceAccount.serviceAccountName ?? 'default';
  return {
    name: `system:serviceaccount:${namespace}:${account}`,
    groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
  };
}

/**
 * Why the user may not fill a disk in the namespace with this spec: a source in another namespace takes
 * `create` on `datavolumes/source` there, as CDI asks. Undefined where it is allowed.
 */
export function cloneRefusal(
  user: User,
  namespace: string,
  spec: Untyped,
  { store, rights }: { store: Pick<ObjectStore, 'get'>; rights: CloneRights },
): string | undefined {
  const origin = originOf({ metadata: { namespace }, spec }, store);
  const places = new Set(placesOf(origin, spec));
  for (const place of places) {
    const refusal = placeRefusal(user, namespace, place, rights);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Why the user may not clone out of that place into the namespace; undefined where it is allowed. */
export function placeRefusal(
  user: User,
  namespace: string,
  place: string | undefined,
  rights: CloneRights,
): string | undefined {
  if (!place || place === namespace) return undefined;
  const asked = {
    verb: 'create',
    group: 'cdi.kubevirt.io',
    resource: 'datavolumes/source',
    namespace: place,
  };
  if (rights.allows(user, asked)) return undefined;
  return `User ${user.name} has insufficient permissions in clone source namespace ${place}`;
}

/** A DataSource that is not there yet may point to its own namespace later on: that right is asked for too. */
function placesOf(origin: Origin | { kind: 'missing' }, spec: Untyped): string[] {
  const referred = spec?.sourceRef?.namespace ? [spec.sourceRef.namespace] : [];
  return origin.kind === 'pvc' || origin.kind === 'snapshot' ? [...referred, origin.namespace] : referred;
}
