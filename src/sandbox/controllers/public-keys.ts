import type { KubeObject, Untyped } from '../store/kube-object.js';

/** Every value of the secret is a file of keys, one a line. */
export function publicKeysOf(secret: KubeObject): string[] {
  const data = (secret as Untyped).data ?? {};
  return Object.keys(data)
    .sort()
    .flatMap((name) => Buffer.from(String(data[name]), 'base64').toString('utf8').split('\n'))
    .map((line) => line.trim())
    .filter(Boolean);
}
