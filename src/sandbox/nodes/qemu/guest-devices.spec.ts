import { copyFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { ensureGuestImage } from '../../../../test/guest-image/build-guest-image.js';
import { createNodeDriver } from '../create-node-driver.js';
import type { MigrationSettings } from '../guest-migration.js';
import type { GuestInterface, NodeDriver } from '../node-driver.js';
import { endProcess, findGuestProcesses } from './guest-process.js';
import { findQemuTools } from './qemu-tools.js';

const image = findQemuTools() ? await ensureGuestImage() : undefined;
const withGuest = image?.available ? describe : describe.skip;
if (!image?.available) process.stderr.write('skipping machines that grow: no QEMU or no guest image\n');

const uid = '7d0e6a52-0000-4000-8000-000000000099';
const MIB = 1024n * 1024n;

const settings: MigrationSettings = {
  bandwidth: 0,
  maxDowntimeMs: 900,
  progressTimeout: 150,
  completionTimeoutPerGiB: 150,
  allowAutoConverge: false,
  allowPostCopy: false,
  allowWorkloadDisruption: false,
};

/** Shell for: the card with this address. */
const cardOf = (mac: string) =>
  `$(grep -l ${mac} /sys/class/net/*/address | grep -v /lo/ | head -n 1 | cut -d / -f 5)`;

withGuest('a running guest', () => {
  let directory: string;
  let driver: NodeDriver;
  let console: Duplex;
  let heard = '';
  let asked = 0;

  const card = (name: string, last: number, network?: string): GuestInterface => ({
    name,
    mac: `02:00:00:00:00:0${last}`,
    model: 'virtio',
    ...(network && { network }),
  });

  async function until(what: string, check: () => Promise<boolean> | boolean) {
    const deadline = Date.now() + 120_000;
    while (!(await check())) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}: ${heard.slice(-1000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** What a command of one line prints in the guest. */
  async function run(command: string): Promise<string> {
    asked += 1;
    const from = heard.length;
    // What was typed is printed as well: there it reads otherwise.
    console.write(`echo begins-$((${asked})); ${command}; echo ends-$((${asked}))\n`);
    const printed = new RegExp(`begins-${asked}\r?\n([\\s\\S]*?)ends-${asked}\r?\n`);
    await until(`an answer to ${command}`, () => printed.test(heard.slice(from)));
    return (printed.exec(heard.slice(from))?.[1] ?? '').replaceAll('\r\n', '\n').trim();
  }

  const memoryKiB = async () => Number(/MemTotal: +(\d+)/.exec(await run('cat /proc/meminfo'))?.[1]);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-growing-'));
    driver = await createNodeDriver({ kind: 'auto', directory });
    const path = join(directory, 'root.img');
    copyFileSync(image?.available ? image.path : '', path);
    await driver.start({
      uid,
      namespace: 'demo',
      name: 'web',
      node: 'node01',
      vcpus: 1,
      memoryBytes: 256n * MIB,
      growth: { cores: 1, threads: 1, maxVcpus: 4, maxMemoryBytes: 1024n * MIB },
      disks: [{ name: 'root', path, format: 'raw', bus: 'virtio', kind: 'disk', readOnly: false }],
      interfaces: [card('default', 1), card('blue', 2, 'demo/blue')],
      firmwareUuid: uid,
      uefi: false,
      serialConsole: true,
      graphics: false,
      startPaused: false,
    });
    console = await driver.openSerial(uid);
    console.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    await until('the guest to be ready', () => heard.includes('virtgate-guest ready'));
    await run('ip link set eth1 up');
  }, 200_000);

  afterAll(async () => {
    await driver.close({ detach: false });
    for (const [pidFile, pid] of await findGuestProcesses(join(directory, 'guests'))) {
      await endProcess({ pid, pidFile });
    }
    await rm(directory, { recursive: true, force: true });
  });

  it('takes and gives back network cards, which see each other where they share a network', async () => {
    expect(driver.observe(uid)).toMatchObject({ cards: ['blue'], vcpus: 1, memoryBytes: 268435456 });
    await driver.plugCard(uid, card('blue-too', 3, 'demo/blue'));
    await driver.plugCard(uid, card('blue-too', 3, 'demo/blue'));
    await driver.plugCard(uid, card('red', 4, 'demo/red'));
    expect(driver.observe(uid)?.cards).toEqual(['blue', 'blue-too', 'red']);
    for (const last of [3, 4]) {
      const there = `[ -n "${cardOf(`02:00:00:00:00:0${last}`)}" ] && echo here`;
      await until('the card to be in the guest', async () => (await run(there)) === 'here');
    }
    const answered = async (address: string) =>
      /Received [1-9]/.test(await run(`arping -D -c 3 -w 3 -I ${cardOf('02:00:00:00:00:02')} ${address}`));
    await run(
      `for last in 3 4; do c=${cardOf('02:00:00:00:00:0$last')}; ip link set $c up; ip addr add 10.9.9.$last/24 dev $c; done`,
    );
    // Each card answers for itself alone.
    await run('for c in /proc/sys/net/ipv4/conf/*/arp_ignore; do echo 1 > $c; done');
    await until('the other card to answer', () => answered('10.9.9.3'));
    expect(await answered('10.9.9.4')).toBe(false);

    // One that was there from the start, too.
    await driver.unplugCard(uid, 'blue');
    await driver.unplugCard(uid, 'blue-too');
    await driver.unplugCard(uid, 'blue-too');
    expect(driver.observe(uid)?.cards).toEqual(['red']);
    await until(
      'the cards to be gone',
      async () => !/:0[23]$/m.test(await run('cat /sys/class/net/*/address')),
    );
    expect(await run('cat /sys/class/net/*/address')).toContain('02:00:00:00:00:01');
  }, 200_000);

  it('grows by processors and memory, which its kernel uses', async () => {
    await run('modprobe virtio_mem');
    await run('echo online > /sys/devices/system/memory/auto_online_blocks');
    const before = await memoryKiB();
    await driver.grow(uid, { vcpus: 3, memoryBytes: 768n * MIB });
    await until('the memory to be taken', () => driver.observe(uid)?.memoryBytes === Number(768n * MIB));
    expect(driver.observe(uid)?.vcpus).toBe(3);
    await until('the processors to be there', async () =>
      (await run('cat /sys/devices/system/cpu/present')).includes('0-2'),
    );
    await run('for c in /sys/devices/system/cpu/cpu*/online; do [ "$(cat $c)" = 1 ] || echo 1 > $c; done');
    expect(await run('grep -c ^processor /proc/cpuinfo')).toBe('3');
    await until('the kernel to use the memory', async () => (await memoryKiB()) > before + 500_000);
    await expect(driver.grow(uid, { vcpus: 5, memoryBytes: 768n * MIB })).rejects.toThrow(/room for 4/);
    await expect(driver.grow(uid, { vcpus: 3, memoryBytes: 2048n * MIB })).rejects.toThrow(/room/);
  }, 200_000);

  it('moves with all that it was given', async () => {
    const boot = await run('cat /proc/sys/kernel/random/boot_id');
    const { pid } = driver.observe(uid) ?? {};
    await driver.prepareMigration(uid, { id: 'away', targetNode: 'node02', settings });
    await until('the target', () => driver.observe(uid)?.migration?.phase === 'ready');
    await driver.startMigration(uid, 'away');
    await until('an end', () =>
      ['completed', 'failed'].includes(driver.observe(uid)?.migration?.phase ?? ''),
    );
    expect(driver.observe(uid)).toMatchObject({
      migration: { phase: 'completed' },
      cards: ['red'],
      vcpus: 3,
      memoryBytes: Number(768n * MIB),
    });
    expect(driver.observe(uid)?.pid).not.toBe(pid);
    expect(await run('grep -c ^processor /proc/cpuinfo')).toBe('3');
    expect(await run('cat /proc/sys/kernel/random/boot_id')).toBe(boot);
  }, 200_000);

  it('is known with all that it was given by the driver that takes it over', async () => {
    const { pid } = driver.observe(uid) ?? {};
    await driver.close({ detach: true });
    driver = await createNodeDriver({ kind: 'auto', directory });
    await driver.adopt();
    expect(driver.observe(uid)).toMatchObject({
      pid,
      cards: ['red'],
      vcpus: 3,
      memoryBytes: Number(768n * MIB),
    });
    await driver.plugCard(uid, card('green', 5, 'demo/green'));
    expect(driver.observe(uid)?.cards).toEqual(['green', 'red']);
  }, 200_000);
});
