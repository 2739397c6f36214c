import type { FieldError } from '../../../kernel/failure.js';
import { requestInvalid } from '../../../kernel/failures.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { describeKey, type PublicKey, sshKeyProblem } from '../../ssh-keys/public-key.contract.js';
import { type AccessKey, lineOf, nameOf, type SshAccess } from '../../ssh-keys/ssh-access.contract.js';
import { sshSecretName } from '../../virtual-machines/ssh-secret.contract.js';

const MAX_KEYS = 64;
const MAX_BYTES = 32 * 1024;
const USER = /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/;

/** A key of a machine. */
export interface SshKey extends PublicKey {
  /** The project's name for it; null for one that was given as it is. */
  name: string | null;
}

/** Throws request.invalid with one error per field. */
export function specifySshAccess({ user, keys }: SshAccess): SshAccess {
  const problems: FieldError[] = [];
  if (!USER.test(user)) {
    const message = 'A user of the guest: letters, digits, "_", "-" and ".", 32 at most.';
    problems.push({ pointer: '/user', code: 'ssh_user', message });
  }
  keys.forEach((key, index) => {
    const message = sshKeyProblem(lineOf(key));
    if (message) problems.push({ pointer: `/keys/${index}`, code: 'ssh_key', message });
  });
  const given = distinct(keys);
  if (given.length > MAX_KEYS || Buffer.byteLength(given.map(lineOf).join('\n')) > MAX_BYTES) {
    const message = `At most ${MAX_KEYS} keys of 32 KiB together.`;
    problems.push({ pointer: '/keys', code: 'ssh_keys', message });
  }
  const [first] = problems;
  if (first) throw requestInvalid(first.message, { errors: problems });
  return { user, keys: given };
}

/** Each line once; under its name where it was given with and without. */
function distinct(keys: readonly AccessKey[]): AccessKey[] {
  const byLine = new Map<string, AccessKey>();
  for (const key of keys) {
    const line = lineOf(key).trim();
    if (nameOf(key) !== null || !byLine.has(line)) byLine.set(line, typeof key === 'string' ? line : key);
  }
  return [...byLine.values()];
}

export const describeAccessKey = (key: AccessKey): SshKey => ({
  ...describeKey(lineOf(key)),
  name: nameOf(key),
});

interface Machine {
  name: string;
  namespace: string;
  uid: string;
}

/** One file of keys. Owned by its machine, so that the cluster removes both together. */
export function sshSecret(
  { name, namespace, uid }: Machine,
  { keys }: SshAccess,
  annotations: Record<string, string>,
): KubeObject & { data: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: sshSecretName(name, uid),
      namespace,
      annotations,
      ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name, uid }],
    },
    data: sshSecretData(keys),
  };
}

export const sshSecretData = (keys: readonly AccessKey[]): Record<string, string> => ({
  authorized_keys: Buffer.from(keys.map((key) => `${lineOf(key)}\n`).join('')).toString('base64'),
});

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
