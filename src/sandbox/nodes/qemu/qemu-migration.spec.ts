import { copyFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureGuestImage } from '../../../../test/guest-image/build-guest-image.js';
import { postCopyRefusal } from '../../../../test/support/post-copy.js';
import { createNodeDriver } from '../create-node-driver.js';
import type { MigrationSettings } from '../guest-migration.js';
import type { GuestDisk, GuestSpec, NodeDriver } from '../node-driver.js';
import { guestFiles } from './guest-files.js';
import { endProcess, findGuestProcesses } from './guest-process.js';
import { findQemuTools } from './qemu-tools.js';
import { QmpClient } from './qmp-client.js';

const image = findQemuTools() ? await ensureGuestImage() : { available: false as const, missing: ['QEMU'] };
if (!image.available)
  process.stderr.write(`skipping guests that move: missing ${image.missing.join(', ')}\n`);
const withGuest = image.available ? describe : describe.skip;

const uid = '7d0e6a52-0000-4000-8000-0000000000aa';
const MIB = 2 ** 20;
const PATIENCE = 90_000;
const fast: MigrationSettings = {
  bandwidth: 0,
  maxDowntimeMs: 900,
  progressTimeout: 150,
  completionTimeoutPerGiB: 150,
  allowAutoConverge: false,
  allowPostCopy: false,
  allowWorkloadDisruption: false,
};
/** Too little for the memory of the guest to come over while a test looks on. */
const slow: MigrationSettings = { ...fast, bandwidth: MIB };

withGuest('a QEMU guest that moves', () => {
  let directory: string;
  let driver: NodeDriver;
  let heard = '';

  const path = (name: string) => join(directory, `${name}.img`);
  const disk = (name: string, bus: GuestDisk['bus']): GuestDisk => ({
    name,
    path: path(name),
    format: 'raw',
    bus,
    kind: 'disk',
    readOnly: false,
    serial: name,
  });
  const spec = (): GuestSpec => ({
    uid,
    namespace: 'demo',
    name: 'mover',
    node: 'node01',
    vcpus: 1,
    memoryBytes: BigInt(160 * MIB),
    disks: [disk('root', 'virtio')],
    cdromDrives: [{ name: 'tray', bus: 'sata' }],
    interfaces: [{ name: 'default', mac: '02:00:00:12:34:57', model: 'virtio' }],
    cloudInit: { metaData: 'instance-id: i-1\nlocal-hostname: mover\n' },
    firmwareUuid: uid,
    uefi: false,
    serialConsole: true,
    graphics: true,
    startPaused: false,
  });

  async function until(what: string, check: () => Promise<boolean> | boolean) {
    const deadline = Date.now() + PATIENCE;
    while (!(await check())) {
      if (Date.now() > deadline) {
        throw new Error(
          `waited in vain for ${what}: ${JSON.stringify({ ...driver.observe(uid), system: undefined })} ${said()}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  /** The last words of the guest but for its count. */
  const said = () => JSON.stringify(heard.replaceAll(/n=\d+=\r?\n/g, '').slice(-1_500));
  const processes = async () => [...(await findGuestProcesses(join(directory, 'guests'))).values()];
  const migration = () => driver.observe(uid)?.migration;
  const phase = (wanted: string) =>
    until(`a migration that is ${wanted}`, () => migration()?.phase === wanted);
  const ready = async (id: string, settings: MigrationSettings) => {
    await driver.prepareMigration(uid, { id, targetNode: `node-of-${id}`, settings });
    await phase('ready');
  };
  const begun = async (id: string, settings: MigrationSettings) => {
    await ready(id, settings);
    await driver.startMigration(uid, id);
    await until('bytes', () => (migration()?.progress?.processed ?? 0) > 0);
  };
  const listen = async () => {
    const console = await driver.openSerial(uid);
    console.on('data', (chunk) => {
      heard += chunk;
    });
    return console;
  };
  const counts = () => [...heard.matchAll(/n=(\d+)=/g)].map(([, count]) => Number(count));
  const goesOn = async () => {
    const before = counts().length;
    await until('the guest to count', () => counts().length > before + 2);
  };
  const ask = async (command: string, wanted: RegExp) => {
    const console = await driver.openSerial(uid);
    const from = heard.length;
    console.write(`${command}\n`);
    await until(command, () => wanted.test(heard.slice(from)));
    console.destroy();
    return wanted.exec(heard.slice(from))?.[1];
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-move-'));
    driver = await createNodeDriver({ kind: 'qemu', directory });
    copyFileSync(image.available ? image.path : '', path('root'));
    for (const name of ['extra', 'gone', 'disc']) {
      await writeFile(path(name), `this is ${name}\n`);
      await truncate(path(name), MIB);
    }
    await driver.start(spec());
    const console = await listen();
    await until('the guest', () => heard.includes('virtgate-guest ready mover'));
    await until('the agent', () => driver.observe(uid)?.agentConnected ?? false);
    console.write(
      'modprobe virtio_scsi; modprobe sd_mod; (while :; do i=$((i+1)); echo n=$i=; usleep 20000; done) & (while :; do dd if=/dev/urandom of=/run/dirt bs=64k count=64 2>/dev/null; done) &\n',
    );
    await goesOn();
  }, 150_000);

  afterAll(async () => {
    await driver.close({ detach: false });
    for (const [pidFile, pid] of await findGuestProcesses(join(directory, 'guests'))) {
      await endProcess({ pid, pidFile });
    }
    await rm(directory, { recursive: true, force: true });
  });

  it('takes its memory, its plugged disks and its open consoles along', async () => {
    await driver.plugDisk(uid, disk('gone', 'scsi'));
    await driver.plugDisk(uid, disk('extra', 'scsi'));
    await driver.plugDisk(uid, { ...disk('disc', 'sata'), name: 'tray', kind: 'cdrom', readOnly: true });
    await until('its disk', () => driver.observe(uid)?.pluggedDisks?.includes('extra') ?? false);
    await ask(
      'for i in $(seq 100); do [ -e /dev/sdb ] && break; sleep 0.1; done; cat /dev/sd? | head -n 2',
      /this is (gone|extra)/,
    );
    await driver.unplugDisk(uid, 'gone');
    const boot = await ask('cat /proc/sys/kernel/random/boot_id', /\n([0-9a-f]{8}-[0-9a-f-]{27})/);
    for (const id of ['one', 'two']) {
      const { pid } = driver.observe(uid) ?? {};
      await ready(id, fast);
      expect(await processes()).toHaveLength(2);
      await driver.startMigration(uid, id);
      await phase('completed');
      expect(migration()).toMatchObject({ id, mode: 'PreCopy', targetNode: `node-of-${id}` });
      expect(migration()?.progress?.processed).toBeGreaterThan(MIB);
      expect(driver.observe(uid)?.pid).not.toBe(pid);
      expect(await processes()).toEqual([driver.observe(uid)?.pid]);
      await goesOn();
    }
    expect(await ask('cat /proc/sys/kernel/random/boot_id', /\n([0-9a-f]{8}-[0-9a-f-]{27})/)).toBe(boot);
    expect(driver.observe(uid)?.pluggedDisks?.toSorted()).toEqual(['extra', 'tray']);
    await ask('cat /dev/sd? | head -n 1', /this is (extra)/);
    await until('an address from the agent', () =>
      Boolean(driver.observe(uid)?.ipAddresses.includes('10.0.2.15')),
    );
    await driver.unplugDisk(uid, 'extra');
    await driver.unplugDisk(uid, 'tray');
    expect(driver.observe(uid)?.pluggedDisks).toEqual([]);
    const seen = counts();
    expect(seen).toEqual(seen.map((_count, index) => (seen[0] ?? 0) + index));
  }, 150_000);

  it('stays where it is when that is called off, takes too long, or the target dies', async () => {
    const { pid } = driver.observe(uid) ?? {};
    await begun('called-off', slow);
    await expect(
      driver.prepareMigration(uid, { id: 'other', targetNode: 'x', settings: fast }),
    ).rejects.toThrow('already');
    await driver.cancelMigration(uid, 'called-off');
    await phase('cancelled');
    await goesOn();

    await begun('late', { ...slow, completionTimeoutPerGiB: 1 });
    await phase('failed');
    expect(migration()?.reason).toContain('not completed after 1 seconds');
    await goesOn();

    await begun('orphaned', slow);
    const target = (await processes()).find((one) => one !== pid);
    process.kill(target ?? 0, 'SIGKILL');
    await phase('failed');
    expect(migration()?.reason).toContain('the target ended with signal SIGKILL');
    await goesOn();
    expect(driver.observe(uid)).toMatchObject({ state: 'running', pid });
    expect(await processes()).toEqual([pid]);
  }, 150_000);

  it('is found where it is after a kill in the middle', async () => {
    const { pid } = driver.observe(uid) ?? {};
    await begun('cut-off', slow);
    // As after kill -9: both processes go on, and nobody looks after them.
    await driver.close({ detach: true });
    expect(await processes()).toHaveLength(2);
    driver = await createNodeDriver({ kind: 'qemu', directory });
    await driver.adopt();
    expect(driver.observe(uid)).toMatchObject({ state: 'running', pid });
    expect(migration()).toMatchObject({ phase: 'failed', reason: expect.stringContaining('restarted') });
    expect(await processes()).toEqual([pid]);
    await listen();
    await goesOn();
  }, 150_000);

  /**
   * A sandbox that was killed when the target had everything, and nobody had written that down: the guest is moved by
   * hand up to there. Gives the pids of both.
   */
  async function handedOver(id: string): Promise<{ source: number; target: number }> {
    await ready(id, fast);
    const guests = join(directory, 'guests');
    const pids = await findGuestProcesses(guests);
    const source = driver.observe(uid)?.pid ?? 0;
    const seats = [guestFiles(guests, uid, 0), guestFiles(guests, uid, 1)] as const;
    const [from, to] = pids.get(seats[0].pidFile) === source ? seats : [seats[1], seats[0]];
    await driver.close({ detach: true });
    const saved = JSON.parse(await readFile(from.record, 'utf8'));
    saved.migration.phase = 'running';
    saved.move = { resume: true, committed: false };
    await writeFile(from.record, JSON.stringify(saved));
    const [sender, receiver] = [
      await QmpClient.connect(from.qmp, 5_000),
      await QmpClient.connect(to.qmp, 5_000),
    ];
    const at = async (qmp: QmpClient) => (await qmp.execute<{ status: string }>('query-migrate')).status;
    await sender.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40, 'downtime-limit': 2_000 });
    await sender.execute('migrate', { uri: `unix:${to.migration}` });
    await until('the switch', async () => (await at(sender)) === 'pre-switchover');
    await sender.execute('migrate-continue', { state: 'pre-switchover' });
    await until('the arrival', async () => (await at(sender)) === 'completed');
    await until('its end', async () => (await at(receiver)) === 'completed');
    sender.close();
    receiver.close();
    return { source, target: pids.get(to.pidFile) ?? 0 };
  }

  it('is found in the process that has it after a kill at the hand-over, or in the other one when that is gone', async () => {
    const { target } = await handedOver('arrived');
    driver = await createNodeDriver({ kind: 'qemu', directory });
    await driver.adopt();
    expect(driver.observe(uid)).toMatchObject({ state: 'running', pid: target });
    expect(migration()).toMatchObject({ phase: 'completed' });
    expect(await processes()).toEqual([target]);
    await listen();
    await goesOn();

    const second = await handedOver('dropped');
    process.kill(second.target, 'SIGKILL');
    await until('the target is gone', async () => (await processes()).length === 1);
    driver = await createNodeDriver({ kind: 'qemu', directory });
    await driver.adopt();
    expect(driver.observe(uid)).toMatchObject({ state: 'running', pid: second.source });
    expect(migration()).toMatchObject({ phase: 'failed' });
    await listen();
    await goesOn();
  }, 150_000);

  it('comes by post-copy where its memory changes too fast, or says why not', async () => {
    const refusal = await postCopyRefusal();
    await begun('pulled', { ...slow, bandwidth: 4 * MIB, completionTimeoutPerGiB: 1, allowPostCopy: true });
    await until('an end', () => ['completed', 'failed'].includes(migration()?.phase ?? ''));
    if (refusal === undefined) {
      expect(migration()).toMatchObject({ phase: 'completed', mode: 'PostCopy' });
      // QEMU's own count of what came when the guest ran on the target already.
      expect(migration()?.progress?.postCopy).toBeGreaterThan(MIB);
      expect(migration()?.withoutPostCopy).toBeUndefined();
    } else {
      expect(migration()).toMatchObject({ phase: 'failed', mode: 'PreCopy', withoutPostCopy: refusal });
      expect(migration()?.reason).toContain(refusal);
    }
    await goesOn();
    expect(await processes()).toHaveLength(1);
  }, 150_000);

  it('ends with its source, and takes the target with it', async () => {
    await begun('lost', slow);
    process.kill(driver.observe(uid)?.pid ?? 0, 'SIGKILL');
    await until('its end', () => driver.observe(uid)?.state === 'crashed');
    expect(driver.observe(uid)?.reason).toContain('SIGKILL');
    expect(migration()).toMatchObject({ phase: 'failed', reason: 'The guest ended' });
    expect(await processes()).toEqual([]);
  }, 150_000);
});
