import { defineFailure } from '../../../kernel/failure.js';
import { withRoomAt } from './boot-order.js';

export const vmDiskAttached = defineFailure(
  'vm.disk_attached',
  'conflict',
  'The virtual machine has the disk already',
);
export const vmDiskBusy = defineFailure(
  'vm.disk_busy',
  'conflict',
  'The disk cannot be attached now',
  'Detach it from the other virtual machine first.',
);
export const vmDiskNotAttached = defineFailure(
  'vm.disk_not_attached',
  'not_found',
  'The virtual machine has no such disk',
);
export const vmMustBeStopped = defineFailure(
  'vm.must_be_stopped',
  'conflict',
  'This takes a virtual machine that is stopped',
  'Stop it first.',
);
export const vmBootDisk = defineFailure(
  'vm.boot_disk',
  'conflict',
  'The virtual machine boots from the disk',
  'Attach what it is to boot from instead with bootOrder 1 first, or delete the virtual machine and keep its disks.',
);
export const vmDiskNotShareable = defineFailure(
  'vm.disk_not_shareable',
  'unprocessable',
  'The storage of the disk does not let several machines use it at once',
  'Create a disk with accessMode ReadWriteMany; GET /storage-classes says which class offers it.',
);
export const vmHotplugTimeout = defineFailure(
  'vm.hotplug_timeout',
  'timeout',
  'The running machine did not take the disk in time; it was taken back',
  'Stop the virtual machine and attach the disk then.',
);
export const vmUnplugTimeout = defineFailure(
  'vm.unplug_timeout',
  'timeout',
  'The running machine does not let go of the disk',
  'Unmount it in the guest, or stop the virtual machine.',
);

export const DISK_KINDS = ['disk', 'cdrom', 'lun'] as const;
export type DiskKind = (typeof DISK_KINDS)[number];
export const DISK_BUSES = ['virtio', 'scsi', 'sata'] as const;
export type DiskBus = (typeof DISK_BUSES)[number];

/** The body of `POST /vms/{vm}/disks`. */
export interface AttachBody {
  disk: string;
  kind?: DiskKind | null;
  bus?: DiskBus | null;
  bootOrder?: number | null;
  readOnly?: boolean | null;
  shared?: boolean | null;
}

/** A checked body: how the disk is to stand in the machine. */
export interface Attachment {
  /** Name of the claim. */
  claim: string;
  /** Name of the volume within the machine. */
  volume: string;
  kind: DiskKind;
  bus: DiskBus;
  bootOrder: number | null;
  readOnly: boolean;
  /** Other machines may write to it as well. */
  shared: boolean;
  /** A disc: it can be taken out and put in while the machine runs. */
  removable?: boolean;
  /** The machine has the drive already, of the name of the volume; the disc goes in there. */
  inserted?: boolean;
}

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
const fields = (value: unknown): Fields => (value ?? {}) as Fields;

/** The spec of a VirtualMachine, as far as disks go. */
interface MachineSpec {
  dataVolumeTemplates?: unknown;
  template?: { spec?: unknown };
}

/** A disk as KubeVirt's Disk says it (staging/src/kubevirt.io/api/core/v1/schema.go). */
export function diskDevice({ volume, kind, bus, bootOrder, readOnly, shared }: Attachment): Fields {
  const target: Fields = { bus };
  if (readOnly && kind !== 'disk') target.readonly = true;
  return {
    name: volume,
    [kind]: target,
    ...(bootOrder !== null && { bootOrder }),
    ...(shared && { shareable: true }),
  };
}

/** The volume that a machine boots from first: the lowest order, else the first disk; null where it has none. */
export function bootVolumeOf(disks: readonly Fields[]): string | null {
  const orderOf = ({ bootOrder }: Fields) =>
    typeof bootOrder === 'number' ? bootOrder : Number.POSITIVE_INFINITY;
  const [first, ...rest] = disks;
  if (!first) return null;
  const found = rest.reduce((best, next) => (orderOf(next) < orderOf(best) ? next : best), first);
  return typeof found.name === 'string' ? found.name : null;
}

/** The claim that a volume of a machine refers to; null for cloud-init and the like. */
export function claimOf(volume: Fields): string | null {
  const name = fields(volume.dataVolume).name ?? fields(volume.persistentVolumeClaim).claimName;
  return typeof name === 'string' ? name : null;
}

/** The merge patch that puts a disk in; null where it is in. Arrays are written whole: guard it by resourceVersion. */
export function attachPatch(spec: MachineSpec, attachment: Attachment): object | null {
  const template = fields(spec.template?.spec);
  const volumes = list(template.volumes);
  if (volumes.some((volume) => claimOf(volume) === attachment.claim)) return null;
  const devices = fields(fields(template.domain).devices);
  const disks = list(devices.disks);
  const interfaces = list(devices.interfaces);
  const { bootOrder, claim, volume, readOnly, removable, inserted } = attachment;
  const others = inserted ? { disks, interfaces } : withRoomAt({ disks, interfaces }, bootOrder);
  const source = {
    claimName: claim,
    ...(readOnly && { readOnly: true }),
    ...(removable && { hotpluggable: true }),
  };
  return patchOf({
    volumes: [...volumes, { name: volume, persistentVolumeClaim: source }],
    disks: inserted ? disks : [...others.disks, diskDevice(attachment)],
    ...(others.interfaces !== interfaces && { interfaces: others.interfaces }),
  });
}

/**
 * The merge patch that takes a disk out; null where it is out. A disk that the machine's own template made stays: the
 * template goes, or KubeVirt would make it again.
 */
export function detachPatch(spec: MachineSpec, claim: string): object | null {
  const template = fields(spec.template?.spec);
  const volumes = list(template.volumes);
  const gone = new Set(volumes.filter((volume) => claimOf(volume) === claim).map(({ name }) => name));
  const templates = list(spec.dataVolumeTemplates);
  const kept = templates.filter((own) => fields(own.metadata).name !== claim);
  if (gone.size === 0 && kept.length === templates.length) return null;
  const disks = list(fields(fields(template.domain).devices).disks);
  return {
    spec: {
      ...patchOf({
        volumes: volumes.filter(({ name }) => !gone.has(name)),
        disks: disks.filter(({ name }) => !gone.has(name)),
      }).spec,
      ...(kept.length < templates.length && { dataVolumeTemplates: kept }),
    },
  };
}

const patchOf = ({ volumes, ...devices }: { volumes: Fields[]; disks: Fields[]; interfaces?: Fields[] }) => ({
  spec: { template: { spec: { volumes, domain: { devices } } } },
});

/** The merge patch that takes a disc out of its drive, which stays; null where it is out. */
export function ejectPatch(spec: MachineSpec, claim: string): object | null {
  const template = fields(spec.template?.spec);
  const volumes = list(template.volumes);
  const kept = volumes.filter((volume) => claimOf(volume) !== claim);
  return kept.length < volumes.length ? { spec: { template: { spec: { volumes: kept } } } } : null;
}

/** The CD-ROM drives of a machine that have no disc. */
export function emptyDrivesOf(disks: readonly Fields[], volumes: readonly Fields[]): string[] {
  const full = new Set(volumes.map(({ name }) => name));
  return disks.flatMap(({ name, cdrom }) =>
    cdrom !== undefined && typeof name === 'string' && !full.has(name) ? [name] : [],
  );
}

export interface VolumeStatus {
  volume: string;
  claim: string | null;
  /** It is a disc in a CD-ROM drive. */
  cdrom: boolean;
  /** KubeVirt can take it out while the machine runs. */
  hotpluggable: boolean;
  /** Pending, Bound, AttachedToNode, MountedToPod, Ready, Detaching...; null for volumes that were there from the start. */
  phase: string | null;
  reason: string | null;
  message: string | null;
}

/** True where the guest has the disk. */
export const isPlugged = ({ phase }: VolumeStatus): boolean => phase === 'Ready' || phase === null;
