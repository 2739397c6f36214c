import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jwtVerify, SignJWT } from 'jose';
import { writeSecret } from '../wire/certificates.js';

const ISSUER = 'cdi-apiserver';
/** Long enough to begin an upload; one that has begun goes on. */
const LIFETIME_SECONDS = 300;
const LEEWAY_SECONDS = 10;

export interface UploadTarget {
  namespace: string;
  /** Of the claim. */
  name: string;
}

/** CDI's tokens for one upload: JWT RS256, the key kept in the directory. */
export class UploadTokens {
  private readonly key: KeyObject;
  private readonly publicKey: KeyObject;

  constructor(
    directory: string,
    private readonly clock: { now(): Date },
  ) {
    const path = join(directory, 'upload-token.key');
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      writeSecret(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    }
    this.key = createPrivateKey(readFileSync(path, 'utf8'));
    this.publicKey = createPublicKey(this.key);
  }

  issue({ namespace, name }: UploadTarget): Promise<string> {
    const now = Math.floor(this.clock.now().getTime() / 1000);
    const resource = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };
    return new SignJWT({ operation: 'Upload', name, namespace, resource })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(ISSUER)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + LIFETIME_SECONDS)
      .sign(this.key);
  }

  /** The target that a good token is for. */
  async verify(token: string): Promise<UploadTarget | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.publicKey, {
        issuer: ISSUER,
        algorithms: ['RS256'],
        currentDate: this.clock.now(),
        clockTolerance: LEEWAY_SECONDS,
      });
      const { operation, namespace, name } = payload;
      if (operation !== 'Upload' || typeof namespace !== 'string' || typeof name !== 'string')
        return undefined;
      return { namespace, name };
    } catch {
      return undefined;
    }
  }
}
