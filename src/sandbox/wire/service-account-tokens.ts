import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jwtVerify, SignJWT } from 'jose';
import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { writeSecret } from './certificates.js';
import type { User } from './extension.js';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

interface KubernetesClaim {
  namespace: string;
  serviceaccount: { name: string; uid: string };
}

/** The groups of every service account of a namespace. */
export const serviceAccountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

/** Issues and checks ServiceAccount tokens: JWT RS256, the key kept in the data directory. */
export class ServiceAccountTokens {
  private readonly key: KeyObject;
  private readonly publicKey: KeyObject;

  constructor(
    directory: string,
    private readonly store: ObjectStore,
    private readonly clock: { now(): Date },
  ) {
    const path = join(directory, 'service-account.key');
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      writeSecret(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    }
    this.key = createPrivateKey(readFileSync(path, 'utf8'));
    this.publicKey = createPublicKey(this.key);
  }

  async issue(
    account: KubeObject,
    audiences: string[],
    seconds: number,
  ): Promise<{ token: string; expiration: Date }> {
    const { namespace = '', name, uid } = account.metadata;
    const now = Math.floor(this.clock.now().getTime() / 1000);
    const claim: KubernetesClaim = { namespace, serviceaccount: { name, uid } };
    const token = await new SignJWT({ 'kubernetes.io': claim })
      .setProtectedHeader({ alg: 'RS256', kid: 'virtgate-sandbox' })
      .setIssuer(ISSUER)
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .setAudience(audiences)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + seconds)
      .setJti(randomUUID())
      .sign(this.key);
    return { token, expiration: new Date((now + seconds) * 1000) };
  }

  /** The account of a good token for the audience whose ServiceAccount still exists; undefined otherwise. */
  async verify(token: string, audience = ISSUER): Promise<User | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.publicKey, {
        issuer: ISSUER,
        audience,
        algorithms: ['RS256'],
        currentDate: this.clock.now(),
      });
      const claim = payload['kubernetes.io'] as KubernetesClaim;
      const account = this.store.get('serviceaccounts', claim.namespace, claim.serviceaccount.name);
      if (account?.metadata.uid !== claim.serviceaccount.uid) return undefined;
      return {
        name: `system:serviceaccount:${claim.namespace}:${claim.serviceaccount.name}`,
        uid: claim.serviceaccount.uid,
        groups: serviceAccountGroups(claim.namespace),
      };
    } catch {
      return undefined;
    }
  }
}
