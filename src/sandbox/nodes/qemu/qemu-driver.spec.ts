import { type ChildProcess, execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ensureGuestImage } from '../../../../test/guest-image/build-guest-image.js';
import { spawnTypeScript } from '../../../../test/guest-image/typescript-process.js';
import { startWatchdog } from '../../../../test/guest-image/watchdog.js';
import { createNodeDriver } from '../create-node-driver.js';
import type { GuestSpec, GuestState, NodeDriver } from '../node-driver.js';
import { guestFiles } from './guest-files.js';
import { endProcess, findGuestProcesses } from './guest-process.js';
import { findQemuTools } from './qemu-tools.js';
import { QmpClient } from './qmp-client.js';

const tools = findQemuTools();
const image = tools ? await ensureGuestImage() : undefined;
const withQemu = tools ? describe : describe.skip;
const withGuest = image?.available ? it : it.skip;
if (!tools) {
  process.stderr.write('skipping the QEMU driver: no qemu-system-x86_64 and qemu-img on PATH\n');
} else if (!image?.available) {
  process.stderr.write(`skipping guests that boot: missing ${image?.missing.join(', ')}\n`);
}

const uidOf = (number: number) => `7d0e6a52-0000-4000-8000-00000000000${number}`;
const uid = uidOf(1);

withQemu('QEMU driver', () => {
  let directory: string;
  let guests: string;
  let driver: NodeDriver;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-qemu-'));
    guests = join(directory, 'guests');
    // The probe's verdict is cached here, so that only the first driver waits for it.
    driver = await createNodeDriver({ kind: 'auto', directory });
  });

  afterEach(async () => {
    await driver.close({ detach: false });
    const left = await findGuestProcesses(guests);
    for (const [pidFile, pid] of left) {
      await endProcess({ pid, pidFile });
    }
    await rm(guests, { recursive: true, force: true });
    driver = await createNodeDriver({ kind: 'auto', directory });
    expect(left.size).toBe(0);
  });

  afterAll(async () => {
    for (const child of children) {
      child.kill('SIGKILL');
    }
    await driver.close({ detach: false });
    await rm(directory, { recursive: true, force: true });
  });

  /** A guest without disks: it comes up in no time and does nothing. */
  function bareGuest(more: Partial<GuestSpec> = {}): GuestSpec {
    return {
      uid,
      namespace: 'demo',
      name: 'web',
      node: 'node01',
      vcpus: 1,
      memoryBytes: 32n * 1024n * 1024n,
      disks: [],
      interfaces: [],
      firmwareUuid: uid,
      uefi: false,
      serialConsole: true,
      graphics: false,
      startPaused: true,
      ...more,
    };
  }

  function bootableGuest(more: Partial<GuestSpec> = {}): GuestSpec {
    const path = join(directory, `disk-${more.uid ?? uid}.img`);
    copyFileSync(image?.available ? image.path : '', path);
    return bareGuest({
      memoryBytes: 192n * 1024n * 1024n,
      disks: [
        { name: 'root', path, format: 'raw', bus: 'virtio', kind: 'disk', readOnly: false, serial: 'root-1' },
      ],
      interfaces: [{ name: 'default', mac: '02:00:00:12:34:56', model: 'virtio' }],
      cloudInit: {
        metaData: 'instance-id: i-1\nlocal-hostname: hal9000\n',
        userData: '#!/bin/sh\necho user data ran\n',
      },
      startPaused: false,
      ...more,
    });
  }

  async function untilTrue(
    what: string,
    check: () => boolean | undefined,
    withinMs = 120_000,
  ): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!check()) {
      if (Date.now() > deadline) {
        throw new Error(`Waited in vain for ${what}: ${JSON.stringify(driver.list())}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const untilState = (state: GuestState, id = uid) =>
    untilTrue(state, () => driver.observe(id)?.state === state);

  /** Everything that the console says from now on. */
  function listen(console: Duplex): { until(wanted: string, withinMs?: number): Promise<string> } {
    let heard = '';
    console.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    return {
      async until(wanted, withinMs) {
        await untilTrue(`${wanted} in ${JSON.stringify(heard)}`, () => heard.includes(wanted), withinMs);
        const text = heard;
        heard = '';
        return text;
      },
    };
  }

  withGuest(
    'boots a guest, hears and tells it things, and ends it by its power button',
    async () => {
      const told: string[] = [];
      driver.onChange(({ state }) => told.at(-1) !== state && told.push(state));
      await driver.start(bootableGuest({ graphics: true }));
      await driver.start(bootableGuest());
      const console = await driver.openSerial(uid);
      const other = listen(await driver.openSerial(uid));
      const serial = listen(console);
      await serial.until('virtgate-guest ready hal9000');
      await serial.until('user data ran');
      console.write(
        'echo $((6 * 7)); cat /sys/block/vda/serial; cat /sys/class/net/eth0/address; cat /sys/class/dmi/id/product_uuid\n',
      );
      const answer = await serial.until(uid);
      expect(answer).toContain('42');
      expect(answer).toContain('root-1');
      expect(answer).toContain('02:00:00:12:34:56');
      expect(await other.until(uid)).toContain('virtgate-guest ready hal9000');
      await untilTrue('an address', () => driver.observe(uid)?.ipAddresses.includes('10.0.2.15'));
      expect(driver.observe(uid)?.agentConnected).toBe(true);
      expect(await readFile(guestFiles(guests, uid).serialLog, 'utf8')).toContain(
        'virtgate-guest ready hal9000',
      );

      await driver.pause(uid);
      expect(driver.observe(uid)?.state).toBe('paused');
      console.write('echo $((1000 + 234))\n');
      await expect(serial.until('1234', 1_000)).rejects.toThrow('in vain');
      await driver.resume(uid);
      await serial.until('1234');

      const vnc = await driver.openVnc(uid);
      expect(String(await new Promise((resolve) => vnc.once('data', resolve)))).toMatch(/^RFB 003\.008/);
      vnc.destroy();

      await driver.shutdown(uid, 60);
      await untilState('shutdown');
      expect(driver.observe(uid)).toMatchObject({ reason: 'The guest shut down', ipAddresses: [] });
      expect(told).toEqual(['starting', 'running', 'paused', 'running', 'shutdown']);
      expect((await findGuestProcesses(guests)).size).toBe(0);
      await driver.remove(uid);
      expect(await readdir(guests)).toEqual([]);
    },
    400_000,
  );

  withGuest(
    'is reset by its watchdog, reboots by the agent and by the power button, all in one process',
    async () => {
      await driver.start(bootableGuest({ watchdog: 'reset' }));
      const { pid } = driver.observe(uid) ?? {};
      const console = await driver.openSerial(uid);
      const serial = listen(console);
      await serial.until('ready hal9000');
      console.write(`${startWatchdog}\n`);
      await serial.until('ready hal9000');
      await untilTrue('the agent', () => driver.observe(uid)?.agentConnected);
      // Ping and commands are what probes ask it.
      await driver.pingAgent(uid, 60_000);
      expect(await driver.executeInGuest(uid, ['sh', '-c', 'echo well; exit 3'], 60_000)).toEqual({
        exitCode: 3,
        output: 'well\n',
      });
      await expect(driver.executeInGuest(uid, ['/no/such'], 60_000)).rejects.toThrow('guest-exec');
      await expect(driver.executeInGuest(uid, ['sleep', '600'], 500)).rejects.toThrow('timed out after 0.5s');
      await driver.softReboot(uid);
      await serial.until('ready hal9000');
      await untilTrue('the agent', () => driver.observe(uid)?.agentConnected);
      console.write('killall qemu-ga\n');
      await untilTrue('no agent', () => !driver.observe(uid)?.agentConnected);
      await driver.softReboot(uid);
      await serial.until('ready hal9000');
      expect(driver.observe(uid)).toMatchObject({ state: 'running', pid });
      console.write('modprobe pvpanic-pci; echo c > /proc/sysrq-trigger\n');
      await untilState('crashed');
      expect(driver.observe(uid)?.reason).toBe('The guest panicked');
    },
    500_000,
  );

  withGuest(
    'takes over after kill -9 what an earlier process ran, and knows how a guest ended meanwhile',
    async () => {
      const specs = [bootableGuest(), bareGuest({ uid: uidOf(2) }), bareGuest({ uid: uidOf(3) })];
      const child = spawnTypeScript(
        fileURLToPath(new URL('../../../../test/guest-image/run-node-driver.ts', import.meta.url)),
        [
          directory,
          JSON.stringify(specs, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
        ],
      );
      children.push(child);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      const orphans = await findGuestProcesses(guests);
      expect(orphans.size).toBe(3);
      // One that cannot be spoken to, and one that nobody has a record of.
      await rm(guestFiles(guests, uidOf(2)).qmp);
      await rm(guestFiles(guests, uidOf(3)).record);

      const adopted = await driver.adopt();
      expect(Object.fromEntries(adopted.map((seen) => [seen.uid, seen.state]))).toEqual({
        [uid]: 'running',
        [uidOf(2)]: 'crashed',
      });
      const pid = orphans.get(guestFiles(guests, uid).pidFile);
      expect(driver.observe(uid)?.pid).toBe(pid);
      expect([...(await findGuestProcesses(guests)).values()]).toEqual([pid]);
      const console = await driver.openSerial(uid);
      const serial = listen(console);
      await untilTrue('the agent', () => driver.observe(uid)?.agentConnected);
      console.write('echo $((40 + 2)) is the answer\n');
      await serial.until('42 is the answer');

      await driver.close({ detach: true });
      const qmp = await QmpClient.connect(guestFiles(guests, uid).qmp, 5_000);
      const off = new Promise((resolve) =>
        qmp.on('event', ({ event }) => event === 'SHUTDOWN' && resolve(event)),
      );
      await qmp.execute('system_powerdown');
      await off;
      qmp.close();
      driver = await createNodeDriver({ kind: 'qemu', directory });
      await driver.adopt();
      await untilState('shutdown');
      expect(driver.observe(uid)?.reason).toBe('The guest shut down');
    },
    400_000,
  );

  it('ends a guest at the end of its grace period, or at once', async () => {
    await driver.start(bareGuest());
    expect(driver.observe(uid)?.state).toBe('paused');
    await driver.shutdown(uid, 0.2);
    await untilState('shutdown');
    expect(driver.observe(uid)?.reason).toContain('grace period');
    await driver.start(bareGuest({ uid: uidOf(2) }));
    await driver.kill(uidOf(2));
    await driver.kill(uidOf(2));
    expect(driver.observe(uidOf(2))).toMatchObject({
      state: 'shutdown',
      reason: 'Stopped by force',
      pid: undefined,
    });
    await expect(driver.pause(uidOf(2))).rejects.toThrow('not running');
    await expect(driver.start(bareGuest({ uid: uidOf(2) }))).rejects.toThrow('remove it');
    await expect(driver.kill(uidOf(9))).rejects.toThrow('No guest');
  });

  it('tells of a process that dies by itself, and ends one that hangs', async () => {
    await driver.start(bareGuest());
    process.kill(driver.observe(uid)?.pid ?? 0, 'SIGKILL');
    await untilState('crashed');
    expect(driver.observe(uid)?.reason).toContain('SIGKILL');
    await driver.start(bareGuest({ uid: uidOf(2) }));
    process.kill(driver.observe(uidOf(2))?.pid ?? 0, 'SIGSTOP');
    await driver.kill(uidOf(2));
    expect((await findGuestProcesses(guests)).size).toBe(0);
  });

  it('says in words why a guest cannot start, and leaves nothing of it', async () => {
    const disk = {
      name: 'root',
      path: join(directory, 'missing.img'),
      format: 'raw',
      bus: 'virtio',
      kind: 'disk',
    } as const;
    await expect(driver.start(bareGuest({ disks: [{ ...disk, readOnly: false }] }))).rejects.toThrow(
      'No such file',
    );
    await expect(
      driver.start(
        bareGuest({ interfaces: [{ name: 'default', mac: '02:00:00:00:00:01', model: 'token-ring' }] }),
      ),
    ).rejects.toThrow('token-ring');
    await expect(driver.start(bareGuest({ uid: '../etc' }))).rejects.toThrow('uid');
    expect(driver.list()).toEqual([]);
    expect(await readdir(guests)).toEqual([]);
  });

  it('stops a guest that is told to end while it starts', async () => {
    const start = driver.start(bareGuest());
    await Promise.allSettled([start, driver.kill(uid)]);
    await driver.close({ detach: false });
    expect((await findGuestProcesses(guests)).size).toBe(0);
  });

  it('works below a directory whose name is too long for a socket', async () => {
    const deep = join(directory, 'd'.repeat(120));
    await mkdir(deep);
    const far = await createNodeDriver({ kind: 'qemu', directory: deep });
    try {
      await far.start(bareGuest());
      expect(far.observe(uid)?.state).toBe('paused');
      await far.kill(uid);
    } finally {
      await far.close({ detach: false });
    }
  });

  it('boots with disks on every bus', async () => {
    const path = join(directory, 'data.qcow2');
    execFileSync(tools?.img ?? '', ['create', '-q', '-f', 'qcow2', path, '1M']);
    const raw = join(directory, 'a,b.img');
    execFileSync(tools?.img ?? '', ['create', '-q', '-f', 'raw', raw, '1M']);
    const disk = { kind: 'disk', readOnly: true } as const;
    await driver.start(
      bareGuest({
        disks: [
          { ...disk, name: 'a', path, format: 'qcow2', bus: 'virtio' },
          { ...disk, name: 'b', path: raw, format: 'raw', bus: 'sata', kind: 'cdrom', bootOrder: 1 },
          { ...disk, name: 'c', path: raw, format: 'raw', bus: 'scsi', kind: 'lun', serial: 'c-1' },
          { ...disk, name: 'd', path: raw, format: 'raw', bus: 'usb' },
        ],
        interfaces: ['virtio', 'e1000', 'e1000e', 'rtl8139', 'ne2k_pci', 'pcnet'].map((model, index) => ({
          name: model,
          model,
          mac: `02:00:00:00:00:0${index}`,
        })),
      }),
    );
    expect(driver.observe(uid)?.state).toBe('paused');
  });
});
