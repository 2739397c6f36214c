import { createHash } from 'node:crypto';
import type { GuestDisk } from '../node-driver.js';
import { cdromDrives, ejectDisc, insertDisc } from './cdrom-drive.js';
import { removeDevice } from './device-removal.js';
import { type QmpClient, QmpError } from './qmp-client.js';

const devicePrefix = 'hotplug-';

/** The bus that every guest has for disks that come and go. */
export const hotplugBus = 'scsi.0';

const deviceId = (name: string) => `${devicePrefix}${name}`;
/** Node names hold 31 characters, volume names 63. */
export const pluggedNode = (name: string) =>
  `hp-${createHash('sha256').update(name).digest('hex').slice(0, 20)}`;

/** Gives a running guest one more disk. One that is there already is left as it is. */
export async function plugDisk(qmp: QmpClient, disk: GuestDisk): Promise<void> {
  const drive = disk.kind === 'cdrom' && (await cdromDrives(qmp)).has(disk.name);
  if (disk.bus !== 'scsi' && !drive) {
    throw new Error(`Disk ${disk.name}: only disks on the scsi bus can be plugged in, not ${disk.bus}`);
  }
  if ((await pluggedDisks(qmp)).has(disk.name)) {
    return;
  }
  const node = pluggedNode(disk.name);
  // Left by a start that was cut off in the middle.
  await qmp.execute('blockdev-del', { 'node-name': node }).catch(ignoreAbsent);
  await qmp.execute('blockdev-add', pluggedBlock(disk));
  try {
    if (drive) await insertDisc(qmp, disk.name, node);
    else await qmp.execute('device_add', pluggedDevice(disk));
  } catch (error) {
    await qmp.execute('blockdev-del', { 'node-name': node }).catch(() => undefined);
    throw error;
  }
}

/** The image of a plugged disk as QEMU opens it. */
export function pluggedBlock({ name, format, path, readOnly }: GuestDisk): Record<string, unknown> {
  const unmap = readOnly ? {} : { discard: 'unmap' };
  return {
    driver: format,
    'node-name': pluggedNode(name),
    'read-only': readOnly,
    ...unmap,
    file: { driver: 'file', filename: path, 'read-only': readOnly, ...unmap },
  };
}

/** The device that shows it to the guest. */
export function pluggedDevice(disk: GuestDisk): Record<string, unknown> {
  return {
    driver: disk.kind === 'cdrom' ? 'scsi-cd' : 'scsi-hd',
    id: deviceId(disk.name),
    bus: hotplugBus,
    drive: pluggedNode(disk.name),
    ...(disk.serial ? { serial: disk.serial } : {}),
    ...(disk.shared ? { 'share-rw': true } : {}),
  };
}

/** A plugged disk of a guest that moves; its address on the bus must stay. A disc in a drive of the guest has none. */
export interface PluggedDisk extends GuestDisk {
  seat?: { channel: number; 'scsi-id': number; lun: number };
}

/** What was plugged in and where it sits. `known` are the disks by name; one that is not among them is refused. */
export async function pluggedSeats(
  qmp: QmpClient,
  known: Readonly<Record<string, GuestDisk>>,
): Promise<PluggedDisk[]> {
  const drives = await cdromDrives(qmp);
  const found: PluggedDisk[] = [];
  for (const name of await pluggedDisks(qmp)) {
    const disk = known[name];
    if (!disk) throw new Error(`Disk ${name} was plugged in, but nobody wrote down how`);
    if (drives.has(name)) {
      found.push(disk);
      continue;
    }
    const look = (property: string) =>
      qmp.execute<number>('qom-get', { path: `/machine/peripheral/${deviceId(name)}`, property });
    const seat = { channel: await look('channel'), 'scsi-id': await look('scsi-id'), lun: await look('lun') };
    found.push({ ...disk, seat });
  }
  return found;
}

/** Takes a disk that was plugged in away again. Rejects when the guest does not let go of it in time. */
export async function unplugDisk(qmp: QmpClient, name: string): Promise<void> {
  const drives = await cdromDrives(qmp);
  if (drives.get(name) !== undefined) await ejectDisc(qmp, name);
  if (!drives.has(name) && (await pluggedDisks(qmp)).has(name)) {
    await removeDevice(qmp, deviceId(name), 'disk');
  }
  await qmp.execute('blockdev-del', { 'node-name': pluggedNode(name) }).catch(ignoreAbsent);
}

/** The names of the disks that were plugged into the guest, as QEMU itself knows them. */
export async function pluggedDisks(qmp: QmpClient): Promise<Set<string>> {
  const devices = await qmp.execute<{ name: string }[]>('qom-list', { path: '/machine/peripheral' });
  const found = devices.filter(({ name }) => name.startsWith(devicePrefix));
  const inDrives = [...(await cdromDrives(qmp))].filter(([, node]) => node !== undefined);
  return new Set([
    ...found.map(({ name }) => name.slice(devicePrefix.length)),
    ...inDrives.map(([name]) => name),
  ]);
}

/** Lengthens a disk under a guest that runs; the file grows with it, and the guest is told. */
export async function resizeDisk(qmp: QmpClient, path: string, sizeBytes: bigint): Promise<void> {
  const nodes = await qmp.execute<{ 'node-name': string; drv: string; file: string }[]>(
    'query-named-block-nodes',
    { flat: true },
  );
  const node = nodes.find(({ drv, file }) => drv === 'raw' && file === path);
  if (!node) {
    throw new Error('The guest has no such disk');
  }
  await qmp.execute('block_resize', { 'node-name': node['node-name'], size: Number(sizeBytes) });
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof QmpError) || !/Failed to find node|Cannot find|not found/i.test(error.message)) {
    throw error;
  }
}
