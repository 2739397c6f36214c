import { copyFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureGuestImage } from '../../../../test/guest-image/build-guest-image.js';
import { createNodeDriver } from '../create-node-driver.js';
import type { GuestDisk, NodeDriver } from '../node-driver.js';
import { endProcess, findGuestProcesses } from './guest-process.js';
import { findQemuTools } from './qemu-tools.js';

const image = findQemuTools() ? await ensureGuestImage() : undefined;
const withGuest = image?.available ? describe : describe.skip;
if (!image?.available) process.stderr.write('skipping copies of running guests: no QEMU or no guest image\n');

const uid = '7d0e6a52-0000-4000-8000-000000000077';
const MIB = 2 ** 20;
const never = new AbortController().signal;

/** Counts on two disks, one after the other, and in a file on a third. */
const countUp = `i=0; while :; do i=$((i+1))
for disk in vdb vdc; do printf '%010d' $i | dd of=/dev/$disk conv=notrunc,fsync bs=10 2>/dev/null; done
echo $i > /mnt/count; done &`;

withGuest('copies of disks of a running guest', () => {
  let directory: string;
  let driver: NodeDriver;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-copies-'));
    driver = await createNodeDriver({ kind: 'auto', directory });
  });
  afterEach(async () => {
    await driver.close({ detach: false });
    for (const [pidFile, pid] of await findGuestProcesses(join(directory, 'guests'))) {
      await endProcess({ pid, pidFile });
    }
    await rm(directory, { recursive: true, force: true });
  });

  const path = (name: string) => join(directory, `${name}.img`);
  const disk = (name: string): GuestDisk => ({
    name,
    path: path(name),
    format: 'raw',
    bus: 'virtio',
    kind: 'disk',
    readOnly: false,
  });

  async function counter(file: string): Promise<number> {
    const handle = await open(file);
    try {
      const { buffer } = await handle.read(Buffer.alloc(10), 0, 10, 0);
      return Number(buffer.toString().replace(/\0+/, ''));
    } finally {
      await handle.close();
    }
  }

  async function until(what: string, check: () => Promise<boolean> | boolean, withinMs = 90_000) {
    const deadline = Date.now() + withinMs;
    while (!(await check())) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const goesOn = async () => {
    const before = await counter(path('one'));
    await until('the guest to write', async () => (await counter(path('one'))) > before, 20_000);
  };

  it('are of one instant, frozen by the agent, while the guest goes on', async () => {
    copyFileSync(image?.available ? image.path : '', path('root'));
    for (const name of ['one', 'two', 'three']) {
      await writeFile(path(name), '');
      await truncate(path(name), 64 * MIB);
    }
    await driver.start({
      uid,
      namespace: 'demo',
      name: 'counting',
      node: 'node01',
      vcpus: 1,
      memoryBytes: 192n * 1024n * 1024n,
      disks: ['root', 'one', 'two', 'three'].map(disk),
      interfaces: [],
      firmwareUuid: uid,
      uefi: false,
      serialConsole: true,
      graphics: false,
      startPaused: false,
    });
    const console = await driver.openSerial(uid);
    let heard = '';
    console.on('data', (chunk) => {
      heard += chunk;
    });
    await until('the guest', () => heard.includes('virtgate-guest ready'));
    await until('the agent', () => driver.observe(uid)?.agentConnected ?? false);
    await until('what is inside', () => driver.observe(uid)?.system?.os.id === 'virtgate');
    console.write(
      'modprobe ext4; mke2fs /dev/vdd >/dev/null; mkdir -p /mnt; mount /dev/vdd /mnt && echo mount-$?\n',
    );
    await until('the mount', () => heard.includes('mount-0'));
    console.write(`${countUp.replaceAll('\n', '; ')}\n`);
    await until('the count', async () => (await counter(path('two'))) > 3);

    for (const round of [1, 2]) {
      const copies = ['one', 'two', 'three'].map((name) => ({
        source: path(name),
        target: path(`${name}-${round}`),
      }));
      const { quiesced } = await driver.copyDisks(uid, copies, never);
      expect(quiesced).toBe('frozen');
      const [one, two] = [await counter(path(`one-${round}`)), await counter(path(`two-${round}`))];
      expect(one).toBeGreaterThan(3);
      expect([0, 1]).toContain(one - two);
      await goesOn();
    }
    const copied = await stat(path('one-1'));
    expect(copied.size).toBe(64 * MIB);
    // A copy keeps its holes.
    expect(copied.blocks * 512).toBeLessThan(4 * MIB);

    const abort = new AbortController();
    abort.abort(new Error('given up'));
    const late = [{ source: path('one'), target: path('late') }];
    await expect(driver.copyDisks(uid, late, abort.signal)).rejects.toThrow();
    await goesOn();

    // A process that is gone after it froze the guest leaves it to the next one to thaw.
    await driver.freeze(uid, 3_600_000);
    expect(driver.observe(uid)?.frozen).toBe(true);
    const stopped = await counter(path('one'));
    await until('the count to stand still', async () => {
      const before = await counter(path('one'));
      await new Promise((resolve) => setTimeout(resolve, 500));
      return (await counter(path('one'))) === before;
    });
    expect(await counter(path('one'))).toBeLessThan(stopped + 5);
    await driver.close({ detach: true });
    driver = await createNodeDriver({ kind: 'auto', directory });
    await driver.adopt();
    await until('the thaw', () => driver.observe(uid)?.frozen === false);
    await goesOn();

    const core = path('core');
    await driver.dumpMemory(uid, core, never);
    expect((await readFile(core)).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
  }, 300_000);
});
