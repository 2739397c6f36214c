import type { GuestSpec } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { publicKeysOf } from './public-keys.js';
import type { World } from './reconciliation.js';
import { stableUuid } from './stable-names.js';

/** A secret that the guest's first boot needs is not there (yet). */
export class MissingSecret extends Error {
  constructor(name: string, key?: string) {
    super(key ? `no "${key}" in secret "${name}"` : `secrets "${name}" not found`);
    this.name = 'MissingSecret';
  }
}

export function isCloudInit(volume: Untyped): boolean {
  return Boolean(volume?.cloudInitNoCloud ?? volume?.cloudInitConfigDrive);
}

/**
 * What the guest reads at its first boot; undefined where the instance has no cloud-init volume.
 * Throws MissingSecret.
 */
export function cloudInitOf(vmi: KubeObject, world: World): GuestSpec['cloudInit'] {
  const volume = (vmi.spec.volumes ?? []).find(isCloudInit);
  if (!volume) return undefined;
  const source = volume.cloudInitNoCloud ?? volume.cloudInitConfigDrive;
  return {
    metaData: metaData(vmi, world),
    userData: text(source, 'userData', source.secretRef, 'userdata', vmi, world),
    networkData: text(source, 'networkData', source.networkDataSecretRef, 'networkdata', vmi, world),
  };
}

function text(
  source: Untyped,
  field: 'userData' | 'networkData',
  secretRef: { name: string } | undefined,
  key: string,
  vmi: KubeObject,
  world: World,
): string | undefined {
  if (source[field]) return source[field];
  const encoded = source[`${field}Base64`];
  if (encoded) return Buffer.from(encoded, 'base64').toString('utf8');
  if (!secretRef?.name) return undefined;
  const value = secretText(secretRef.name, vmi, world, [key, field]);
  if (value === undefined) throw new MissingSecret(secretRef.name, key);
  return value;
}

function secretText(name: string, vmi: KubeObject, world: World, keys: string[]): string | undefined {
  const secret = world.get('secrets', vmi.metadata.namespace, name);
  if (!secret) throw new MissingSecret(name);
  for (const key of keys) {
    const encoded = secret.data?.[key];
    if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
    if (secret.stringData?.[key] !== undefined) return secret.stringData[key];
  }
  return undefined;
}

/** The instance id stays the same from start to start: cloud-init runs its first-boot work once. */
function metaData(vmi: KubeObject, world: World): string {
  const id = stableUuid(
    `${vmi.metadata.namespace}/${vmi.metadata.name}/${vmi.spec.domain.firmware?.uuid ?? ''}`,
  );
  const keys = publicKeys(vmi, world);
  const lines = [`instance-id: ${id}`, `local-hostname: ${vmi.spec.hostname ?? vmi.metadata.name}`];
  if (keys.length > 0) lines.push('public-keys:', ...keys.map((key) => `  - ${JSON.stringify(key)}`));
  return `${lines.join('\n')}\n`;
}

/** SSH keys that `accessCredentials` hands over through cloud-init. */
function publicKeys(vmi: KubeObject, world: World): string[] {
  return (vmi.spec.accessCredentials ?? []).flatMap((credential: Untyped) => {
    const key = credential.sshPublicKey;
    if (!key?.propagationMethod?.noCloud && !key?.propagationMethod?.configDrive) return [];
    const secret = world.get('secrets', vmi.metadata.namespace, key.source.secret.secretName);
    if (!secret) throw new MissingSecret(key.source.secret.secretName);
    return publicKeysOf(secret);
  });
}
