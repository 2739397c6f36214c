import type { GrowthRoom, GuestDisk, GuestDrive, GuestInterface, GuestSpec } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { keptState } from './backend-storage.js';
import { cloudInitOf, isCloudInit } from './cloud-init.js';
import { controllerOf } from './ownership.js';
import { quantityBytes } from './quantity.js';
import { CLAIMS, type World } from './reconciliation.js';
import { isAbsent, secondaryNetwork } from './secondary-networks.js';
import { stableMac } from './stable-names.js';
import { sysprepOf } from './sysprep.js';
import { bootVolumes, claimNames } from './vm-data-volumes.js';
import { guestMemoryBytes, hasTpm, vcpus } from './vmi-defaults.js';

/** What the node needs to boot an instance. Throws MissingSecret, UselessSysprep. */
export function guestSpecOf(vmi: KubeObject, node: string, world: World): GuestSpec {
  const { domain } = vmi.spec;
  return {
    uid: vmi.metadata.uid,
    namespace: vmi.metadata.namespace ?? '',
    name: vmi.metadata.name,
    node,
    vcpus: vcpus(vmi.spec),
    memoryBytes: guestMemoryBytes(vmi.spec),
    growth: growthRoom(domain),
    disks: guestDisks(vmi, world),
    cdromDrives: emptyDrives(vmi),
    interfaces: (domain.devices.interfaces ?? []).flatMap((one: Untyped) =>
      isAbsent(one) ? [] : [guestCard(vmi, one)],
    ),
    cloudInit: cloudInitOf(vmi, world),
    sysprep: sysprepOf(vmi, world),
    firmwareUuid: domain.firmware.uuid,
    ...firmwareOf(domain),
    ...keptState(vmi, world),
    ...watchdogOf(domain.devices),
    serialConsole: domain.devices.autoattachSerialConsole !== false,
    graphics: domain.devices.autoattachGraphicsDevice !== false,
    startPaused: vmi.spec.startStrategy === 'Paused',
  };
}

/** Secure where nothing is said, as in KubeVirt. */
const firmwareOf = ({ firmware, devices }: Untyped): Pick<GuestSpec, 'uefi' | 'secureBoot' | 'tpm'> => {
  const efi = firmware.bootloader?.efi;
  return {
    uefi: Boolean(efi),
    ...(efi && efi.secureBoot !== false && { secureBoot: true }),
    ...(hasTpm(devices) && { tpm: true }),
  };
};

/** `reset` where nothing is said, as in KubeVirt. */
const watchdogOf = ({ watchdog }: Untyped): Pick<GuestSpec, 'watchdog'> =>
  watchdog?.i6300esb ? { watchdog: watchdog.i6300esb.action ?? 'reset' } : {};

export function guestCard(vmi: KubeObject, one: Untyped): GuestInterface {
  const network = secondaryNetwork(vmi.spec, one.name, vmi.metadata.namespace);
  return {
    name: one.name,
    mac: macOf(vmi, one),
    model: one.model ?? 'virtio',
    ...(network !== undefined && { network }),
    ...(one.bootOrder !== undefined && { bootOrder: one.bootOrder }),
  };
}

function growthRoom({ cpu, memory }: Untyped): GrowthRoom | undefined {
  const { sockets = 1, cores = 1, threads = 1, maxSockets = sockets } = cpu ?? {};
  const maxMemoryBytes = quantityBytes(memory?.maxGuest) ?? null;
  if (maxSockets <= sockets && maxMemoryBytes === null) return undefined;
  return { cores, threads, maxVcpus: maxSockets * cores * threads, maxMemoryBytes };
}

/** The MAC that the spec fixes, else one that stays with the machine. */
export function macOf(vmi: KubeObject, one: Untyped): string {
  if (one.macAddress) return String(one.macAddress).replaceAll('-', ':').toLowerCase();
  return stableMac(controllerOf(vmi, 'VirtualMachine')?.uid ?? vmi.metadata.uid, one.name);
}

/** The disk of one volume that is there; undefined where the instance has no disk for it. */
export function guestDisk(vmi: KubeObject, name: string, world: World): GuestDisk | undefined {
  return disksOf(vmi, vmi.spec.volumes ?? [], world).find((disk) => disk.name === name);
}

/** What the guest starts with; hot-pluggable disks follow when it runs. */
function guestDisks(vmi: KubeObject, world: World): GuestDisk[] {
  const disks = disksOf(vmi, bootVolumes(vmi.spec.volumes), world);
  const { disks: all = [], interfaces = [] } = vmi.spec.domain.devices;
  // Who orders one device leaves out of the order what is not in it.
  if ([...all, ...interfaces].some(({ bootOrder }: Untyped) => bootOrder !== undefined)) return disks;
  return disks.map((disk, index) => ({ ...disk, bootOrder: index + 1 }));
}

/** Drives whose disc, where they have one, comes when the guest runs. */
function emptyDrives(vmi: KubeObject): GuestDrive[] {
  const fixed = new Set(bootVolumes(vmi.spec.volumes).map(({ name }: Untyped) => name));
  return (vmi.spec.domain.devices.disks ?? [])
    .filter((disk: Untyped) => disk.cdrom && !fixed.has(disk.name))
    .map(({ name, cdrom, bootOrder }: Untyped) => ({ name, bus: cdrom.bus ?? 'sata', bootOrder }));
}

function disksOf(vmi: KubeObject, among: Untyped[], world: World): GuestDisk[] {
  const claims = claimNames(among);
  const volumes = new Map<string, Untyped>((vmi.spec.volumes ?? []).map((one: Untyped) => [one.name, one]));
  return (vmi.spec.domain.devices.disks ?? []).flatMap((disk: Untyped): GuestDisk[] => {
    const claimName = claims.get(disk.name);
    if (!claimName || isCloudInit(volumes.get(disk.name))) return [];
    const claim = world.get(CLAIMS, vmi.metadata.namespace, claimName);
    if (!claim) return [];
    const kind = disk.cdrom ? 'cdrom' : disk.lun ? 'lun' : 'disk';
    return [
      {
        name: disk.name,
        path: world.diskPath(claim.metadata.uid),
        format: 'raw',
        bus: disk[kind]?.bus ?? 'sata',
        kind,
        readOnly:
          kind === 'cdrom' ||
          Boolean(disk[kind]?.readonly ?? volumes.get(disk.name)?.persistentVolumeClaim?.readOnly),
        bootOrder: disk.bootOrder,
        serial: disk.serial,
        ...(disk.shareable ? { shared: true } : {}),
      },
    ];
  });
}

/** Device names as the guest sees them: vda, vdb for virtio, sda for the rest. */
export function diskTargets(vmi: KubeObject): Map<string, string> {
  const targets = new Map<string, string>();
  const used: Record<string, number> = {};
  for (const disk of vmi.spec.domain.devices.disks ?? []) {
    const prefix = (disk.disk ?? disk.cdrom ?? disk.lun)?.bus === 'virtio' ? 'vd' : 'sd';
    const index = used[prefix] ?? 0;
    used[prefix] = index + 1;
    targets.set(disk.name, prefix + String.fromCharCode(97 + index));
  }
  return targets;
}
