import { defineFailure } from '../../../kernel/failure.js';
import { rootDiskName } from './names.js';
import type { ObservedMachine } from './observed.js';
import type { Problems } from './specify.js';

export const vmBootDeviceGone = defineFailure(
  'vm.boot_device_gone',
  'conflict',
  'The virtual machine has lost a device that it was to boot from',
  'Look at its disks and interfaces, and give the order again.',
);

export const MAX_BOOT_ORDER = 128;

/** Exactly one of the two. */
export interface BootDeviceBody {
  /** Its name in the machine, or that of its claim. */
  disk?: string | null;
  interface?: string | null;
}

/** By KubeVirt's name of the device. */
export interface BootDevice {
  kind: 'disks' | 'interfaces';
  name: string;
}

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
const fields = (value: unknown): Fields => (value ?? {}) as Fields;
const orderOf = ({ bootOrder }: Fields): number | null => (typeof bootOrder === 'number' ? bootOrder : null);

export interface BootDevices {
  disks: Fields[];
  interfaces: Fields[];
}

/** Adds what is wrong with one device's place. */
export function checkBootOrder(
  bootOrder: number | null | undefined,
  pointer: string,
  problems: Pick<Problems, 'at'>,
): void {
  if (bootOrder === null || bootOrder === undefined) return;
  if (Number.isInteger(bootOrder) && bootOrder >= 1 && bootOrder <= MAX_BOOT_ORDER) return;
  problems.at(pointer, 'boot_order', `bootOrder is a whole number from 1 to ${MAX_BOOT_ORDER}.`);
}

/** What a machine boots from, the first first; what has no place in the order is not booted from. */
export function bootDevicesOf(devices: Fields): BootDevice[] {
  const of = (kind: BootDevice['kind']) =>
    list(devices[kind])
      .slice(0, MAX_BOOT_ORDER)
      .flatMap((device) => {
        const order = orderOf(device);
        return order === null ? [] : [{ kind, name: String(device.name).slice(0, 63), order }];
      });
  const ordered = [...of('disks'), ...of('interfaces')].sort((one, other) => one.order - other.order);
  return ordered.map(({ kind, name }) => ({ kind, name }));
}

/** Places are unique: whoever has this one or a later one moves back by one, be it a disk or an interface. */
export function withRoomAt(devices: BootDevices, place: number | null): BootDevices {
  const { disks, interfaces } = devices;
  if (place === null || ![...disks, ...interfaces].some((device) => orderOf(device) === place))
    return devices;
  const back = (device: Fields): Fields => {
    const order = orderOf(device);
    return order !== null && order >= place ? { ...device, bootOrder: order + 1 } : device;
  };
  return { disks: disks.map(back), interfaces: interfaces.map(back) };
}

/** Throws request.invalid with one error per device that the machine has not, or has twice in the order. */
export function specifyBootOrder(
  bodies: readonly BootDeviceBody[],
  { name, volumes, interfaces }: Pick<ObservedMachine, 'name' | 'volumes' | 'interfaces'>,
  problems: Problems,
): BootDevice[] {
  const volumeOf = (disk: string) =>
    volumes.find(({ claim }) => claim === disk) ??
    volumes.find(({ claim }) => disk === 'root' && claim === rootDiskName(name)) ??
    volumes.find((volume) => volume.name === disk);
  const devices = bodies.flatMap((body, index): BootDevice[] => {
    const pointer = `/bootOrder/${index}`;
    const { disk, interface: card } = body;
    if (Boolean(disk) === Boolean(card)) {
      problems.at(pointer, 'boot_order', 'Give exactly one of disk and interface.');
      return [];
    }
    const volume = disk ? volumeOf(disk)?.name : undefined;
    const found = disk ? volume : interfaces.find((one) => one.name === card && !one.absent)?.name;
    if (found === undefined) {
      problems.at(pointer, 'boot_order', `The machine has no ${disk ? 'disk' : 'interface'} of that name.`);
      return [];
    }
    return [{ kind: disk ? 'disks' : 'interfaces', name: found }];
  });
  const keys = devices.map(({ kind, name: device }) => `${kind}/${device}`);
  if (new Set(keys).size < keys.length) {
    problems.at('/bootOrder', 'boot_order', 'Each disk and each interface is there once at most.');
  }
  return devices;
}

/**
 * The merge patch that makes this the order of a machine, whose spec is given; what is not in it loses its place. Arrays
 * are written whole: guard it by resourceVersion. Throws vm.boot_device_gone.
 */
export function bootOrderPatch(spec: unknown, order: readonly BootDevice[]): object {
  const devices = fields(fields(fields(fields(fields(spec).template).spec).domain).devices);
  const gone = order.find(({ kind, name }) => !list(devices[kind]).some((device) => device.name === name));
  if (gone) throw vmBootDeviceGone(`The virtual machine has no "${gone.name}" any more.`);
  const placed = (kind: BootDevice['kind']) =>
    list(devices[kind]).map(({ bootOrder: _, ...device }) => {
      const place = order.findIndex((one) => one.kind === kind && one.name === device.name);
      return place < 0 ? device : { ...device, bootOrder: place + 1 };
    });
  const patch = Object.fromEntries(
    (['disks', 'interfaces'] as const).flatMap((kind) => (devices[kind] ? [[kind, placed(kind)]] : [])),
  );
  return { spec: { template: { spec: { domain: { devices: patch } } } } };
}

/** For people: `lan, root`. */
export const bootOrderText = (order: readonly BootDevice[]): string | null =>
  order.length === 0 ? null : order.map(({ name }) => name).join(', ');
