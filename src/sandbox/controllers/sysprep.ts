import type { GuestSpec } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { MissingSecret } from './cloud-init.js';
import type { World } from './reconciliation.js';

/** What the volume refers to is there, but no CD can be made of it. */
export class UselessSysprep extends Error {
  constructor() {
    super('Sysprep drive should contain autounattend.xml or unattend.xml but neither were found.');
    this.name = 'UselessSysprep';
  }
}

/**
 * CDs with answers for Windows' setup: each key of the secret or config map is a file.
 * Throws MissingSecret, UselessSysprep.
 * @see KubeVirt pkg/config/sysprep.go
 */
export function sysprepOf(vmi: KubeObject, world: World): GuestSpec['sysprep'] {
  const disks: Untyped[] = vmi.spec.domain.devices.disks ?? [];
  const discs = (vmi.spec.volumes ?? []).flatMap((volume: Untyped) => {
    const disk = disks.find(({ name }) => name === volume.name);
    if (!volume.sysprep || !disk) return [];
    const files = filesOf(volume.sysprep, vmi, world);
    if (!Object.keys(files).some((name) => /^(auto)?unattend\.xml$/i.test(name))) throw new UselessSysprep();
    const { bus = 'sata' } = disk.cdrom ?? disk.disk ?? {};
    return [{ name: volume.name, bus, bootOrder: disk.bootOrder, files }];
  });
  return discs.length > 0 ? discs : undefined;
}

/** Their contents in base64. */
function filesOf({ secret, configMap }: Untyped, vmi: KubeObject, world: World): Record<string, string> {
  const { namespace } = vmi.metadata;
  const found: Untyped = secret
    ? world.get('secrets', namespace, secret.name ?? '')
    : world.get('configmaps', namespace, configMap?.name ?? '');
  if (!found) throw new MissingSecret(secret?.name ?? configMap?.name ?? '');
  const plain = secret ? found.stringData : found.data;
  return {
    ...(secret ? found.data : found.binaryData),
    ...Object.fromEntries(
      Object.entries(plain ?? {}).map(([name, text]) => [name, Buffer.from(String(text)).toString('base64')]),
    ),
  };
}
