import type { Untyped } from '../store/kube-object.js';
import { vcpusOf } from './instancetype-expansion.js';
import { quantityBytes } from './quantity.js';

export const DEFAULT_GRACE_SECONDS = 30;
export const ARCHITECTURE = 'amd64';
export const MACHINE_TYPE = 'q35';

/** What virt-api's mutator makes of a VirtualMachineInstance spec. Changes the given spec and returns it. */
export function withVmiDefaults(spec: Untyped, firmwareUuid: string): Untyped {
  spec.architecture ??= ARCHITECTURE;
  spec.domain ??= {};
  const domain = spec.domain;
  domain.devices ??= {};
  domain.machine = { type: MACHINE_TYPE, ...domain.machine };
  domain.cpu = { cores: 1, sockets: 1, threads: 1, model: 'host-model', ...domain.cpu };
  domain.firmware = { uuid: firmwareUuid, ...domain.firmware };
  domain.features = { ...domain.features };
  for (const [name, feature] of Object.entries({ acpi: {}, ...domain.features })) {
    domain.features[name] =
      name === 'acpi' || name === 'smm' ? { enabled: true, ...(feature as object) } : feature;
  }
  memoryDefaults(domain);
  networkDefaults(spec);
  diskDefaults(spec);
  spec.evictionStrategy ??= 'None';
  return JSON.parse(JSON.stringify(spec));
}

function memoryDefaults(domain: Untyped): void {
  domain.resources ??= {};
  const guest = domain.memory?.guest ?? domain.resources.requests?.memory ?? domain.resources.limits?.memory;
  if (guest === undefined) return;
  domain.memory = { ...domain.memory, guest: domain.memory?.guest ?? guest };
  domain.resources.requests = { memory: guest, ...domain.resources.requests };
}

function networkDefaults(spec: Untyped): void {
  const devices = spec.domain.devices;
  const attach = devices.autoattachPodInterface !== false;
  if (!devices.interfaces?.length && !spec.networks?.length && attach) {
    devices.interfaces = [{ name: 'default', masquerade: {} }];
    spec.networks = [{ name: 'default', pod: {} }];
  }
  for (const one of devices.interfaces ?? []) one.model ??= 'virtio';
}

function diskDefaults(spec: Untyped): void {
  const devices = spec.domain.devices;
  const named = new Set([...(devices.disks ?? []), ...(devices.filesystems ?? [])].map((disk) => disk.name));
  const missing = (spec.volumes ?? []).filter((volume: Untyped) => !named.has(volume.name));
  const preferredBus = devices.disks?.find((disk: Untyped) => disk.disk?.bus)?.disk.bus;
  if (missing.length > 0) {
    devices.disks = [
      ...(devices.disks ?? []),
      ...missing.map((volume: Untyped) => ({
        name: volume.name,
        disk: preferredBus ? { bus: preferredBus } : {},
      })),
    ];
  }
  for (const disk of devices.disks ?? []) {
    const target = disk.cdrom ?? disk.lun;
    if (target) target.bus ??= 'sata';
    else disk.disk = { bus: 'sata', ...disk.disk };
  }
}

/** Disks for the volumes that the template names without one: the preference then chooses their bus. */
export function attachVolumes(spec: Untyped): Untyped {
  const devices = spec.domain.devices;
  const named = new Set([...(devices.disks ?? []), ...(devices.filesystems ?? [])].map((disk) => disk.name));
  for (const volume of spec.volumes ?? []) {
    if (!named.has(volume.name)) devices.disks = [...(devices.disks ?? []), { name: volume.name, disk: {} }];
  }
  return spec;
}

/** One that a preference gives can be declined. */
export const hasTpm = ({ tpm }: Untyped): boolean => Boolean(tpm) && tpm.enabled !== false;

export function guestMemoryBytes(spec: Untyped): bigint {
  const domain = spec.domain ?? {};
  const guest =
    domain.memory?.guest ?? domain.resources?.requests?.memory ?? domain.resources?.limits?.memory;
  return quantityBytes(guest) ?? 0n;
}

export function vcpus(spec: Untyped): number {
  return vcpusOf(spec.domain?.cpu);
}
