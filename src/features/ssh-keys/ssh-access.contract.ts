import type { FieldError } from '../../kernel/failure.js';
import { cappedText } from '../../kernel/text.js';
import { sshKeyProblem } from './public-key.contract.js';

/** Where the keys of a machine are written down for showing; the secret that holds them cannot be read back. */
export const SSH_ANNOTATION = 'virtgate.io/ssh-keys';
const MAX_KEYS = 64;
const MAX_LINE = 4096;
const MAX_BYTES = 32 * 1024;
const USER = /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/;

/** A key as it was given, or the project's of that name as it is in it. */
export type AccessKey = string | { name: string; key: string };

/** Who gets into a running guest, and by which keys. */
export interface SshAccess {
  user: string;
  keys: AccessKey[];
}

/** In OpenSSH's one-line format. */
export const lineOf = (key: AccessKey): string => (typeof key === 'string' ? key : key.key);
/** The project's name for it; null for one that was given as it is. */
export const nameOf = (key: AccessKey): string | null => (typeof key === 'string' ? null : key.name);

/** Null where virtgate has written nothing, or somebody else has written something else. */
export function sshAccessOf(annotation: string | undefined): SshAccess | null {
  try {
    const { user, keys } = JSON.parse(annotation ?? 'null') ?? {};
    if (typeof user !== 'string' || !Array.isArray(keys)) return null;
    return { user: cappedText(user, 32) ?? '', keys: keys.slice(0, MAX_KEYS).flatMap(keyOf) };
  } catch {
    return null;
  }
}

function keyOf(stored: unknown): AccessKey[] {
  const parts = typeof stored === 'object' && stored !== null ? stored : { key: stored };
  const { name, key } = parts as Record<string, unknown>;
  const line = cappedText(key, MAX_LINE);
  const called = cappedText(name, 63);
  if (line === null) return [];
  return [called === null ? line : { name: called, key: line }];
}

/** What is wrong with it, field by field; `pointer`: where in the request it stands. */
export function sshAccessProblems({ user, keys }: SshAccess, pointer = ''): FieldError[] {
  const problems: FieldError[] = [];
  if (!USER.test(user)) {
    const message = 'A user of the guest: letters, digits, "_", "-" and ".", 32 at most.';
    problems.push({ pointer: `${pointer}/user`, code: 'ssh_user', message });
  }
  keys.forEach((key, index) => {
    const message = sshKeyProblem(lineOf(key));
    if (message) problems.push({ pointer: `${pointer}/keys/${index}`, code: 'ssh_key', message });
  });
  const given = distinctKeys(keys);
  if (given.length > MAX_KEYS || Buffer.byteLength(given.map(lineOf).join('\n')) > MAX_BYTES) {
    const message = `At most ${MAX_KEYS} keys of 32 KiB together.`;
    problems.push({ pointer: `${pointer}/keys`, code: 'ssh_keys', message });
  }
  return problems;
}

/** Each line once; under its name where it was given with and without. */
export function distinctKeys(keys: readonly AccessKey[]): AccessKey[] {
  const byLine = new Map<string, AccessKey>();
  for (const key of keys) {
    const line = lineOf(key).trim();
    if (nameOf(key) !== null || !byLine.has(line)) byLine.set(line, typeof key === 'string' ? line : key);
  }
  return [...byLine.values()];
}
