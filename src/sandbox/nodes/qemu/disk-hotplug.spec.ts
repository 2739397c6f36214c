import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestDisk } from '../node-driver.js';
import { cdromDrives, driveId } from './cdrom-drive.js';
import { plugDisk, pluggedDisks, unplugDisk } from './disk-hotplug.js';
import { findOnPath } from './qemu-tools.js';
import { QmpClient } from './qmp-client.js';

const system = findOnPath('qemu-system-x86_64');

/** A machine that never begins to run: what QEMU itself makes of drives and discs. */
(system ? describe : describe.skip)('the drives of a guest', () => {
  let directory: string;
  let qemu: ChildProcess;
  let qmp: QmpClient;

  const disc = (file: string): GuestDisk => ({
    name: 'iso',
    path: join(directory, file),
    format: 'raw',
    bus: 'sata',
    kind: 'cdrom',
    readOnly: true,
  });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-drives-'));
    for (const file of ['a.iso', 'b.iso', 'c.img']) {
      await writeFile(join(directory, file), file);
      await truncate(join(directory, file), 1 << 20);
    }
    const socket = join(directory, 'qmp');
    qemu = spawn(
      system ?? '',
      [
        ...['-machine', 'q35', '-accel', 'tcg', '-S', '-nodefaults', '-display', 'none'],
        ...['-device', 'virtio-scsi-pci,id=scsi'],
        ...['-device', `ide-cd,bus=ide.0,id=${driveId('iso')}`],
        ...['-qmp', `unix:${socket},server=on,wait=off`],
      ],
      { stdio: 'ignore' },
    );
    qmp = await QmpClient.connect(socket, 60_000, () => qemu.exitCode === null);
  }, 90_000);

  afterAll(async () => {
    const gone = new Promise((done) => qemu.once('exit', done));
    qemu.kill('SIGKILL');
    await gone;
    await rm(directory, { recursive: true, force: true });
  });

  const inside = async () => {
    const blocks = await qmp.execute<{ qdev?: string; inserted?: { file: string } }[]>('query-block', {});
    return blocks.find(({ qdev }) => qdev?.endsWith(driveId('iso')))?.inserted?.file;
  };

  it('take a disc, give it back, and take another', async () => {
    expect([...(await cdromDrives(qmp)).keys()]).toEqual(['iso']);
    expect(await pluggedDisks(qmp)).toEqual(new Set());
    for (const file of ['a.iso', 'b.iso']) {
      await plugDisk(qmp, disc(file));
      expect(await pluggedDisks(qmp)).toEqual(new Set(['iso']));
      expect(await inside()).toBe(join(directory, file));
      // Asked again, it stays as it is.
      await plugDisk(qmp, disc(file));
      await unplugDisk(qmp, 'iso');
      expect(await pluggedDisks(qmp)).toEqual(new Set());
      expect(await inside()).toBeUndefined();
    }
    await unplugDisk(qmp, 'iso');
  });

  it('leave disks alone, of which one may be shared', async () => {
    const shared = {
      ...disc('c.img'),
      name: 'data',
      kind: 'disk' as const,
      bus: 'scsi' as const,
      readOnly: false,
    };
    await plugDisk(qmp, { ...shared, shared: true });
    expect(await pluggedDisks(qmp)).toEqual(new Set(['data']));
    await expect(plugDisk(qmp, { ...shared, name: 'other', bus: 'virtio' })).rejects.toThrow(/scsi/);
  });
});
