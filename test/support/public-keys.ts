/** A public key of nobody, another one for every seed from 0 to 255. */
export function publicKey(seed: number): string {
  const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([part(Buffer.from('ssh-ed25519')), part(Buffer.alloc(32, seed))]);
  return `ssh-ed25519 ${blob.toString('base64')} key-${seed}@example`;
}
