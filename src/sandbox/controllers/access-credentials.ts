import type { AuthorizedKeys, GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { publicKeysOf } from './public-keys.js';
import type { Change, World } from './reconciliation.js';
import { dropCondition, setCondition } from './vmi-status.js';

const CONDITION = 'AccessCredentialsSynchronized';

/** Names of the secrets whose keys the guest agent puts into the running guest. */
export function liveKeySecrets(vmi: KubeObject): string[] {
  return agentCredentials(vmi).map(({ source }) => source.secret?.secretName ?? '');
}

const agentCredentials = (vmi: KubeObject): Untyped[] =>
  (vmi.spec.accessCredentials ?? [])
    .map(({ sshPublicKey }: Untyped) => sshPublicKey)
    .filter((key: Untyped) => key?.propagationMethod?.qemuGuestAgent);

/**
 * virt-launcher's part for `accessCredentials` that the guest agent brings in: whenever the agent listens or a secret
 * changes, each user's authorized keys become what the secrets hold. Changes the given status.
 * @see KubeVirt pkg/virt-launcher/virtwrap/access-credentials
 */
export function driveCredentials(
  status: Untyped,
  vmi: KubeObject,
  guest: GuestObservation,
  world: World,
): { changes: Change[]; requeueAfterMs?: number } {
  if (agentCredentials(vmi).length === 0) {
    dropCondition(status, CONDITION);
    return { changes: [] };
  }
  // A frozen guest writes nothing.
  if (!guest.agentConnected || guest.frozen) return { changes: [] };
  const keys = keysByUser(vmi, world);
  const told = (ok: boolean, message: string) =>
    setCondition(
      status,
      { type: CONDITION, status: ok ? 'True' : 'False', ...(message && { message }) },
      world.now,
    );
  if (typeof keys === 'string') {
    told(false, keys);
    return { changes: [] };
  }
  // A guest that booted anew may have forgotten them.
  const version = JSON.stringify([guest.agentSession ?? 0, keys]);
  const done = world.authorized(vmi.metadata.uid);
  if (done?.version === version) {
    told(done.failure === undefined, done.failure?.message ?? '');
    const waitMs = done.failure ? done.failure.retryAt.getTime() - world.now.getTime() : undefined;
    if (waitMs === undefined) return { changes: [] };
    if (waitMs > 0) return { changes: [], requeueAfterMs: waitMs };
  }
  const command = { do: 'authorize' as const, uid: vmi.metadata.uid, version, keys };
  return { changes: [{ kind: 'guest', command }] };
}

/** Or which secret is missing. */
function keysByUser(vmi: KubeObject, world: World): AuthorizedKeys[] | string {
  const users = new Map<string, Set<string>>();
  for (const { source, propagationMethod } of agentCredentials(vmi)) {
    const name = source.secret?.secretName ?? '';
    const secret = world.get('secrets', vmi.metadata.namespace, name);
    if (!secret) return `secret ${name} was not found`;
    for (const user of propagationMethod.qemuGuestAgent.users ?? []) {
      const keys = users.get(user) ?? new Set();
      for (const line of publicKeysOf(secret)) keys.add(line);
      users.set(user, keys);
    }
  }
  return [...users].map(([user, keys]) => ({ user, keys: [...keys] }));
}
