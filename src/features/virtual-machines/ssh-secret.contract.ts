import { createHash } from 'node:crypto';
import type { KubeObject } from '../../kubevirt-types/kube-object.js';
import { type AccessKey, lineOf } from '../ssh-keys/ssh-access.contract.js';

/** A secret of keys. `origin`: the uid of the machine, or the operation that makes both. */
export const sshSecretName = (machine: string, origin: string): string =>
  `${machine}-ssh-${createHash('sha256').update(origin).digest('hex').slice(0, 10)}`;

/** Whether virtgate gave a secret this name: then it belongs to one machine, and goes with it. */
export const isSshSecretName = (name: string): boolean => /-ssh-[0-9a-f]{10}$/.test(name);

/**
 * The secret with the keys that the guest agent brings into a machine: the one that it refers to already (`present`),
 * else that of its uid. A copy refers to none of its original's: its name is another.
 */
export const ownSshSecret = (machine: string, uid: string, present: readonly string[]): string =>
  present.find(
    (name) =>
      isSshSecretName(name) && name.length === machine.length + SUFFIX && name.startsWith(`${machine}-ssh-`),
  ) ?? sshSecretName(machine, uid);
const SUFFIX = '-ssh-'.length + 10;

/** The texts of a secret: one file of keys, as KubeVirt takes each of its values for. */
export const accessData = (keys: readonly AccessKey[]): Record<string, string> => ({
  authorized_keys: keys.map((key) => `${lineOf(key)}\n`).join(''),
});

/** Owned by its machine, so that the cluster removes both together. */
export function sshSecret(
  machine: { name: string; namespace: string; uid: string },
  { name, keys }: { name: string; keys: readonly AccessKey[] },
  annotations: Record<string, string>,
): KubeObject & { data: Record<string, string> } {
  const owner = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    name: machine.name,
    uid: machine.uid,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: machine.namespace, annotations, ownerReferences: [owner] },
    data: sshSecretData(keys),
  };
}

export const sshSecretData = (keys: readonly AccessKey[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(accessData(keys)).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );

/** KubeVirt's accessCredentials with the machine's own secret among what else is there. */
export function accessCredentials(present: readonly unknown[], secret: string, user: string): unknown[] {
  const own = {
    sshPublicKey: {
      source: { secret: { secretName: secret } },
      propagationMethod: { qemuGuestAgent: { users: [user] } },
    },
  };
  return [...present.filter((one) => secretOf(one) !== secret), own];
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The secret of an access credential, whatever its kind. */
export function secretOf(credential: unknown): string | null {
  const kind = field(credential, 'sshPublicKey') ?? field(credential, 'userPassword');
  const name = field(field(field(kind, 'source'), 'secret'), 'secretName');
  return typeof name === 'string' ? name : null;
}
