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
const nodeName = (name: string) => `hp-${createHash('sha256').update(name).digest('hex').slice(0, 20)}`;

/** Gives a running guest one more disk. One that is there already is left as it is. */
export async function plugDisk(qmp: QmpClient, disk: GuestDisk): Promise<void> {
  const drive = disk.kind === 'cdrom' && (await cdromDrives(qmp)).has(disk.name);
  if (disk.bus !== 'scsi' && !drive) {
    throw new Error(`Disk ${disk.name}: only disks on the scsi bus can be plugged in, not ${disk.bus}`);
  }
  if ((await pluggedDisks(qmp)).has(disk.name)) {
    return;
  }
  const node = nodeName(disk.name);
  const { readOnly } = disk;
  // Left by a start that was cut off in the middle.
  await qmp.execute('blockdev-del', { 'node-name': node }).catch(ignoreAbsent);
  const unmap = readOnly ? {} : { discard: 'unmap' };
  await qmp.execute('blockdev-add', {
    driver: disk.format,
    'node-name': node,
    'read-only': readOnly,
    ...unmap,
    file: { driver: 'file', filename: disk.path, 'read-only': readOnly, ...unmap },
  });
  try {
    if (drive) await insertDisc(qmp, disk.name, node);
    else await addDevice(qmp, disk, node);
  } catch (error) {
    await qmp.execute('blockdev-del', { 'node-name': node }).catch(() => undefined);
    throw error;
  }
}

async function addDevice(qmp: QmpClient, disk: GuestDisk, node: string): Promise<void> {
  await qmp.execute('device_add', {
    driver: disk.kind === 'cdrom' ? 'scsi-cd' : 'scsi-hd',
    id: deviceId(disk.name),
    bus: hotplugBus,
    drive: node,
    ...(disk.serial ? { serial: disk.serial } : {}),
    ...(disk.shared ? { 'share-rw': true } : {}),
  });
}

/** Takes a disk that was plugged in away again. Rejects when the guest does not let go of it in time. */
export async function unplugDisk(qmp: QmpClient, name: string): Promise<void> {
  const drives = await cdromDrives(qmp);
  if (drives.get(name) !== undefined) await ejectDisc(qmp, name);
  if (!drives.has(name) && (await pluggedDisks(qmp)).has(name)) {
    await removeDevice(qmp, deviceId(name), 'disk');
  }
  await qmp.execute('blockdev-del', { 'node-name': nodeName(name) }).catch(ignoreAbsent);
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
