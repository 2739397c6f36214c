import { createSocket } from 'node:dgram';
import { copyFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureGuestImage } from '../../../../test/guest-image/build-guest-image.js';
import { createNodeDriver } from '../create-node-driver.js';
import type { GuestSpec, NodeDriver } from '../node-driver.js';
import { guestFiles } from './guest-files.js';
import { endProcess, findGuestProcesses } from './guest-process.js';
import { segment } from './network-cards.js';
import { findOnPath, findQemuTools, findUefiFirmware } from './qemu-tools.js';
import { findTpms, startTpm } from './tpm-process.js';

const tools = findQemuTools();
const image = tools ? await ensureGuestImage() : undefined;
const missing = [
  ...(tools ? [] : ['qemu-system-x86_64 and qemu-img']),
  ...(findUefiFirmware().secureBoot ? [] : ['OVMF with secure boot']),
  ...(findOnPath('swtpm') ? [] : ['swtpm']),
];
if (missing.length > 0)
  process.stderr.write(`skipping guests with UEFI and a TPM: missing ${missing.join(', ')}\n`);
else if (!image?.available)
  process.stderr.write(`skipping guests that boot: missing ${image?.missing.join(', ')}\n`);
const withQemu = tools ? describe : describe.skip;
const withFirmware = missing.length === 0 ? it : it.skip;
const withGuest = missing.length === 0 && image?.available ? it : it.skip;

const PATIENCE = 170_000;
const MIB = 1024n * 1024n;
const uid = '7d0e6a52-0000-4000-8000-0000000000f1';

withQemu("a guest's firmware", () => {
  let directory: string;
  let guests: string;
  let driver: NodeDriver;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-firmware-'));
    guests = join(directory, 'guests');
    driver = await createNodeDriver({ kind: 'qemu', directory });
  });

  afterEach(async () => {
    await driver.close({ detach: false });
    const left = [...(await findGuestProcesses(guests)), ...(await findTpms(guests))];
    for (const [pidFile, pid] of left) await endProcess({ pid, pidFile });
    await rm(guests, { recursive: true, force: true });
    driver = await createNodeDriver({ kind: 'qemu', directory });
    expect(left).toEqual([]);
  });

  afterAll(async () => {
    await driver.close({ detach: false });
    await rm(directory, { recursive: true, force: true });
  });

  const bare = (more: Partial<GuestSpec> = {}): GuestSpec => ({
    uid,
    namespace: 'demo',
    name: 'web',
    node: 'node01',
    vcpus: 1,
    memoryBytes: 64n * MIB,
    disks: [],
    interfaces: [],
    firmwareUuid: uid,
    uefi: true,
    serialConsole: true,
    graphics: false,
    startPaused: true,
    ...more,
  });

  async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!(await check())) {
      if (Date.now() > deadline)
        throw new Error(`Waited in vain for ${what}: ${JSON.stringify(driver.list())}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Asks the guest's shell; resolves with what it says when that matches. */
  async function ask(command: string, wanted: RegExp): Promise<string> {
    const console = await driver.openSerial(uid);
    let heard = '';
    console.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    console.write(command);
    await until(`${wanted}`, () => wanted.test(heard));
    console.destroy();
    return heard;
  }

  withGuest(
    'is UEFI with secure boot, and a TPM, which outlive the sandbox with it, and it with what they keep',
    async () => {
      const path = join(directory, 'root.img');
      copyFileSync(image?.available ? image.path : '', path);
      const kept = {
        uefiVariables: join(directory, 'kept/variables.fd'),
        tpmDirectory: join(directory, 'kept/tpm'),
      };
      await driver.start(
        bare({
          memoryBytes: 384n * MIB,
          disks: [{ name: 'root', path, format: 'raw', bus: 'virtio', kind: 'disk', readOnly: false }],
          secureBoot: true,
          tpm: true,
          kept,
          startPaused: false,
        }),
      );
      await ask('', /virtgate-guest ready/);
      const said = await ask(
        'mount -t efivarfs vars /sys/firmware/efi/efivars; cd /sys/firmware/efi/efivars; ' +
          'echo secure=$(od -An -tu1 SecureBoot-*)=; echo tpm=$(cat /sys/class/tpm/tpm0/tpm_version_major)=; ' +
          'printf "\\7\\0\\0\\0kept by the guest" > Virtgate-5b3c1f0e-0000-4000-8000-000000000001; echo written=$?=\n',
        /written=\d+=/,
      );
      // Four bytes of attributes, then the value.
      expect(said).toMatch(/secure=[\s\d]* 1=/);
      expect(said).toMatch(/tpm=2=/);
      expect(said).toMatch(/written=0=/);

      const [before] = await findTpms(guests);
      await driver.close({ detach: true });
      driver = await createNodeDriver({ kind: 'qemu', directory });
      await driver.adopt();
      expect([...(await findTpms(guests))]).toEqual([before]);
      // From the TPM itself: its own random numbers.
      await ask(
        'printf "\\200\\1\\0\\0\\0\\14\\0\\0\\1\\173\\0\\10" > /tmp/c; (cat /tmp/c >&3; echo random=$(head -c 20 <&3 | wc -c)=) 3<>/dev/tpm0\n',
        /random=20=/,
      );

      await driver.kill(uid);
      await until('no TPM', async () => (await findTpms(guests)).size === 0);
      await driver.remove(uid);
      expect(await readdir(guests)).toEqual([]);
      expect((await readFile(kept.uefiVariables)).includes('kept by the guest')).toBe(true);
      expect(await readdir(kept.tpmDirectory)).toContain('tpm2-00.permall');
    },
    400_000,
  );

  withFirmware(
    'moves with its variables and its TPM',
    async () => {
      await driver.start(bare({ tpm: true }));
      const settings = {
        bandwidth: 0,
        maxDowntimeMs: 900,
        progressTimeout: 150,
        completionTimeoutPerGiB: 150,
        allowAutoConverge: false,
        allowPostCopy: false,
        allowWorkloadDisruption: false,
      };
      const phase = (wanted: string) =>
        until(`a migration that is ${wanted}`, () => driver.observe(uid)?.migration?.phase === wanted);
      await driver.prepareMigration(uid, { id: 'm1', targetNode: 'node02', settings });
      await phase('ready');
      expect((await findTpms(guests)).size).toBe(2);
      await driver.startMigration(uid, 'm1');
      await phase('completed');
      await until('one TPM', async () => (await findTpms(guests)).size === 1);
      await driver.resume(uid);
      expect(driver.observe(uid)?.state).toBe('running');
    },
    200_000,
  );

  withFirmware('leaves no TPM behind that no guest came to', async () => {
    const disk = { name: 'root', path: join(directory, 'none.img'), format: 'raw', bus: 'virtio' } as const;
    await expect(
      driver.start(bare({ tpm: true, disks: [{ ...disk, kind: 'disk', readOnly: false }] })),
    ).rejects.toThrow('No such file');
    expect((await findTpms(guests)).size).toBe(0);

    // As a sandbox that is killed at once leaves it.
    const files = guestFiles(guests, uid);
    await mkdir(files.directory, { recursive: true });
    await startTpm(bare({ tpm: true }), files);
    expect((await findTpms(guests)).size).toBe(1);
    await driver.adopt();
    expect((await findTpms(guests)).size).toBe(0);
  });

  it('asks the network for what to boot where a card comes first', async () => {
    const mac = '02:00:00:f1:f1:f1';
    const card = { name: 'lan', mac, model: 'virtio', network: 'demo/lan', bootOrder: 1 };
    const { mcast } = segment(card, guestFiles(guests, uid));
    const [group = '', port] = String(mcast).split(':');
    const network = createSocket({ type: 'udp4', reuseAddr: true });
    const frames: Buffer[] = [];
    network.on('message', (frame) => frames.push(frame));
    await new Promise<void>((resolve) => network.bind(Number(port), group, resolve));
    network.addMembership(group, '127.0.0.1');
    try {
      await driver.start(bare({ uefi: false, interfaces: [card], startPaused: false }));
      const from = Buffer.from(mac.replaceAll(':', ''), 'hex');
      await until('a client of a PXE server', () =>
        frames.some((frame) => frame.subarray(6, 12).equals(from) && frame.includes('PXEClient')),
      );
    } finally {
      network.close();
    }
  }, 200_000);

  it('says in words what this machine lacks', async () => {
    const path = process.env.PATH;
    process.env.PATH = directory;
    try {
      await expect(driver.start(bare({ uefi: false, tpm: true }))).rejects.toThrow(
        'install the package swtpm',
      );
    } finally {
      process.env.PATH = path;
    }
    expect(await readdir(guests)).toEqual([]);
  });
});
