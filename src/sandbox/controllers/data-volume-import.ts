import type { ImageSource } from '../nodes/disk-images.js';
import type { Untyped } from '../store/kube-object.js';
import type { World } from './reconciliation.js';

const decoded = (text: string | undefined) => Buffer.from(text ?? '', 'base64').toString('utf8');

/**
 * What an import needs to know of its server: the secret's `accessKeyId` and `secretKey`, the certificates
 * of the ConfigMap. `missing` says which of the two is not there.
 */
export function importSource(
  origin: { kind: 'http'; http: Untyped } | { kind: 'registry'; registry: Untyped },
  namespace: string | undefined,
  world: Pick<World, 'get'>,
): (ImageSource & { checksum?: string }) | { missing: string } {
  const spec: Untyped = origin.kind === 'http' ? origin.http : origin.registry;
  const found: ImageSource & { checksum?: string } = { url: spec.url };
  if (spec.secretRef) {
    const secret = world.get('secrets', namespace, spec.secretRef);
    if (!secret) return { missing: `Secret ${spec.secretRef} not found` };
    found.credentials = {
      username: decoded(secret.data?.accessKeyId) || (secret.stringData?.accessKeyId ?? ''),
      password: decoded(secret.data?.secretKey) || (secret.stringData?.secretKey ?? ''),
    };
  }
  if (spec.certConfigMap) {
    const map = world.get('configmaps', namespace, spec.certConfigMap);
    if (!map) return { missing: `ConfigMap ${spec.certConfigMap} not found` };
    found.authorities = Object.values(map.data ?? {}).join('\n');
  }
  if (spec.checksum) found.checksum = spec.checksum;
  return found;
}
