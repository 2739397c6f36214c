import type { QmpClient } from './qmp-client.js';

const PREFIX = 'cdrom-';

/** QEMU's name of a drive that discs are put into while the guest runs. */
export const driveId = (name: string): string => `${PREFIX}${name}`;

interface BlockDevice {
  /** The id of the drive, or the path of it. */
  qdev?: string;
  inserted?: { 'node-name'?: string };
}

/** The drives that the guest has, and the node of the disc in each; undefined where it is empty. */
export async function cdromDrives(qmp: QmpClient): Promise<Map<string, string | undefined>> {
  const devices = await qmp.execute<BlockDevice[]>('query-block', {});
  return new Map(
    devices.flatMap(({ qdev = '', inserted }): [string, string | undefined][] => {
      const id = qdev.slice(qdev.lastIndexOf('/') + 1);
      return id.startsWith(PREFIX) ? [[id.slice(PREFIX.length), inserted?.['node-name']]] : [];
    }),
  );
}

/** Puts a disc in, in place of what is there. */
export async function insertDisc(qmp: QmpClient, name: string, node: string): Promise<void> {
  await openAndEmpty(qmp, name);
  await qmp.execute('blockdev-insert-medium', { id: driveId(name), 'node-name': node });
  await qmp.execute('blockdev-close-tray', { id: driveId(name) });
}

/** Takes out what is there, whether or not the guest has locked the tray. */
export async function ejectDisc(qmp: QmpClient, name: string): Promise<void> {
  await openAndEmpty(qmp, name);
  await qmp.execute('blockdev-close-tray', { id: driveId(name) });
}

async function openAndEmpty(qmp: QmpClient, name: string): Promise<void> {
  await qmp.execute('blockdev-open-tray', { id: driveId(name), force: true });
  await qmp.execute('blockdev-remove-medium', { id: driveId(name) });
}
