import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { GuestShell } from '../support/guest-shell.js';
import { describeWith } from '../support/machines.js';
import { type Doors, GraphqlDoors, RestDoors } from '../support/two-doors.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array, as: 'hex' | 'base64' = 'hex'): string =>
  createHash('sha256').update(bytes).digest(as);

/** Sector of the boot disk behind all that is on it. */
const FREE_SECTOR = (48 * MIB) / 512;
/** Counts on the boot disk, then on the other one, until the guest ends. */
const countOn = (second: string): string =>
  [
    `(i=0; while :; do i=$((i+1)); printf '%010d' $i > /run/count`,
    `dd if=/run/count of=/dev/vda bs=512 seek=${FREE_SECTOR} conv=notrunc,fsync 2>/dev/null`,
    `dd if=/run/count of=/dev/${second} bs=512 conv=notrunc,fsync 2>/dev/null; done) & :`,
  ].join('; ');
const counted = (disk: string, sector: number): string =>
  `dd if=/dev/${disk} bs=512 skip=${sector} count=1 2>/dev/null | head -c 10; echo`;
/** Names the disk of so many sectors. */
const diskOf = (sectors: number): string => `grep -lx ${sectors} /sys/block/*/size | cut -d / -f 4`;

/** What a tenant does with data, with real guests, each step over REST and over GraphQL. No platform admin in it. */
describeWith(['qemu-system-x86_64', 'qemu-img'], 'the story of a disk', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'virtgate-data-story-'));
  let virtgate: Virtgate;
  let image: string;
  let librarian: string;
  let developer: string;

  beforeAll(async () => {
    const built = await ensureGuestImage();
    if (!built.available) throw new Error(`no guest image: missing ${built.missing.join(', ')}`);
    image = built.path;
    virtgate = await Virtgate.start();
    await created('/tenants', { name: 'acme' });
    for (const project of ['library', 'shop']) await created('/tenants/acme/projects', { name: project });
    librarian = await tokenOf('librarian', 'admin', 'library');
    developer = await tokenOf('developer', 'editor', 'shop');
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  const created = async (path: string, body: Json): Promise<Answer> => {
    const answer = await virtgate.rest('POST', path, body);
    expect([path, answer.status]).toEqual([path, 201]);
    return answer;
  };
  const tokenOf = async (name: string, role: string, project: string): Promise<string> => {
    const accounts = '/tenants/acme/service-accounts';
    await created(accounts, { name, bindings: [{ role, project }] });
    return (await created(`${accounts}/${name}/tokens`, { name: 'story', expiresIn: '1h' })).body.token;
  };
  const shellOf = async (doors: Doors, vm: string): Promise<GuestShell> =>
    GuestShell.at(await doors.console('shop', vm));

  describe.each([
    ['REST', 'rest', RestDoors],
    ['GraphQL', 'graphql', GraphqlDoors],
  ] as const)('over %s', (_how, prefix, DoorsOf) => {
    const named = (name: string): string => `${prefix}-${name}`;
    const [machine, snapshot] = [named('web'), named('monday')];
    let library: Doors;
    let shop: Doors;

    beforeAll(() => {
      library = new DoorsOf(virtgate, librarian);
      shop = new DoorsOf(virtgate, developer);
    });

    it('begins with an upload, which becomes an image for the whole tenant', async () => {
      const disk = named('sent');
      await library.done('createDisk', {
        project: 'library',
        name: disk,
        source: { upload: true },
        size: '64Mi',
      });
      const bytes = readFileSync(image);
      const sent = await fetch(`${virtgate.url}/api/v1/projects/library/disks/${disk}/content`, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${librarian}`,
          'content-type': 'application/octet-stream',
          'content-digest': `sha-256=:${sha256(bytes, 'base64')}:`,
        },
        body: new Uint8Array(bytes),
      });
      const operation: Json = await sent.json();
      expect([sent.status, operation.code]).toEqual([202, undefined]);
      const { state, error } = await virtgate.settled(operation);
      expect([state, error]).toEqual(['SUCCEEDED', null]);
      const name = named('guest');
      await library.done('createImage', { project: 'library', name, source: { disk } });
      await library.done('shareImage', { project: 'library', name, visibility: 'tenant' });
    }, 120_000);

    it('goes on with a machine of another project, which boots from it and has a second disk', async () => {
      const bootDisk = { image: `library/${named('guest')}` };
      await shop.done('createVirtualMachine', {
        project: 'shop',
        name: machine,
        cpus: 1,
        memory: '192Mi',
        bootDisk,
        start: false,
      });
      const disk = named('counter');
      await shop.done('createDisk', { project: 'shop', name: disk, source: { blank: true }, size: '16Mi' });
      await shop.done('attachDisk', { project: 'shop', virtualMachine: machine, disk });
      await shop.done('startVirtualMachine', { project: 'shop', name: machine });
      const shell = await shellOf(shop, machine);
      const second = await shell.run(diskOf((16 * MIB) / 512));
      expect(second).toMatch(/^vd[b-z]$/);
      // From now on nothing but a freeze, or a shutdown, writes out what is in the page cache.
      await shell.run('cd /proc/sys/vm; echo 0 > dirty_writeback_centisecs; cd /');
      await shell.run(countOn(second));
      await shell.run('while [ "$(cat /run/count)" -lt 5 ]; do usleep 100000; done');
      await shell.run('echo before-the-snapshot > /data/message');
      shell.close();
      await until('the agent is seen', async () => {
        return (await shop.virtualMachine('shop', machine, 'agentConnected')).agentConnected;
      });
    }, 240_000);

    it('takes a snapshot of it while it runs, frozen by its agent', async () => {
      await shop.done('createSnapshot', { project: 'shop', virtualMachine: machine, name: snapshot });
      const fields = 'ready consistency indications { name } volumes { claim size ready }';
      const taken = await shop.snapshot('shop', snapshot, fields);
      expect(taken).toMatchObject({ ready: true, consistency: 'application' });
      expect(taken.indications.map(({ name }: Json) => name).sort()).toEqual(['GuestAgent', 'Online']);
      expect(taken.volumes.map(({ size }: Json) => size).sort()).toEqual(['16Mi', '64Mi']);
      const shell = await shellOf(shop, machine);
      // The guest's own record, one freeze and its thaw.
      expect(await shell.run('cat /run/freezes')).toMatch(/^freeze [\d.]+\nthaw [\d.]+$/);
      expect(await shell.run('echo after-the-snapshot > /data/message; sync; cat /data/message')).toBe(
        'after-the-snapshot',
      );
      shell.close();
    }, 120_000);

    it('puts it back in place: the old file is there, and it runs', async () => {
      await shop.done('restoreSnapshot', { project: 'shop', snapshot });
      expect(await shop.virtualMachine('shop', machine, 'state')).toMatchObject({ state: 'Running' });
      const shell = await shellOf(shop, machine);
      // It was never written out but by the freeze.
      expect(await shell.run('cat /data/message')).toBe('before-the-snapshot');
      expect(await shell.run('cat /run/freezes')).toContain('No such file');
      shell.close();
    }, 240_000);

    it('makes another machine of it, whose disks are of one instant', async () => {
      const newName = named('other');
      await shop.done('restoreSnapshot', { project: 'shop', snapshot, newName, start: true });
      const fields = 'state interfaces { mac }';
      const [old, other] = [
        await shop.virtualMachine('shop', machine, fields),
        await shop.virtualMachine('shop', newName, fields),
      ];
      expect(other.state).toBe('Running');
      expect(other.interfaces[0].mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
      expect(other.interfaces[0].mac).not.toBe(old.interfaces[0].mac);
      const shell = await shellOf(shop, newName);
      expect(await shell.run('cat /sys/class/net/e*/address')).toBe(other.interfaces[0].mac);
      expect(await shell.run('cat /data/message')).toBe('before-the-snapshot');
      const second = await shell.run(diskOf((16 * MIB) / 512));
      const first = Number(await shell.run(counted('vda', FREE_SECTOR)));
      expect(first).toBeGreaterThan(4);
      expect([0, 1]).toContain(first - Number(await shell.run(counted(second, 0))));
      shell.close();
    }, 240_000);

    it('clones that, exports the clone, and what is downloaded boots anywhere', async () => {
      const clone = named('clone');
      await shop.done('cloneVirtualMachine', {
        project: 'shop',
        virtualMachine: named('other'),
        name: clone,
      });
      const exported = named('out');
      await shop.done('createExport', { project: 'shop', name: exported, source: { vm: clone } });
      const { volumes } = await shop.export('shop', exported, 'state volumes { name size formats }');
      const volume = volumes.find(({ size }: Json) => size === '64Mi');
      expect(volumes).toHaveLength(2);
      expect(volume.formats).toEqual(expect.arrayContaining(['raw', 'gzip']));

      const at = `/api/v1/projects/shop/exports/${exported}/volumes/${volume.name}`;
      const raw = await download(`${virtgate.url}${at}?format=raw`, developer);
      expect(raw.bytes.length).toBe(64 * MIB);
      expect(raw.announced).toBe(`sha-256=:${sha256(raw.bytes, 'base64')}:`);
      const gzip = await download(`${virtgate.url}${at}?format=gzip`, developer);
      expect(gzip.announced).toBe(`sha-256=:${sha256(gzip.bytes, 'base64')}:`);
      expect(gzip.bytes.length).toBeLessThan(raw.bytes.length);
      expect(sha256(gunzipSync(gzip.bytes))).toBe(sha256(raw.bytes));

      const file = join(scratch, `${exported}.img`);
      writeFileSync(file, raw.bytes);
      const printed = await bootsByItself(file);
      expect(printed).toContain('virtgate-guest message before-the-snapshot');
      await shop.done('deleteExport', { project: 'shop', name: exported });
    }, 240_000);

    it('ends with nothing left of it', async () => {
      const remove = async (path: string, token: string) => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await virtgate.rest('DELETE', path, undefined, headers);
        expect([path, answer.status]).toEqual([path, 202]);
        const { state, error } = await virtgate.settled(answer.body);
        expect([path, state, error]).toEqual([path, 'SUCCEEDED', null]);
      };
      for (const vm of ['web', 'other', 'clone'])
        await remove(`/projects/shop/vms/${named(vm)}?disks=delete`, developer);
      await remove(`/projects/shop/snapshots/${snapshot}`, developer);
    }, 120_000);
  });
});

/** The bytes, and the digest that was announced behind them. */
function download(url: string, token: string): Promise<{ bytes: Buffer; announced: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'want-content-digest': 'sha-256=1' };
    const sent = request(url, { headers, agent: false }, (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode} ${bytes}`));
        else resolve({ bytes, announced: answer.trailers['content-digest'] });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** What a disk prints on the serial port until its guest is ready, in a QEMU that knows nothing of virtgate. */
async function bootsByItself(file: string): Promise<string> {
  const plain = ['-m', '192', '-display', 'none', '-serial', 'stdio', '-no-reboot', '-net', 'none'];
  const disk = ['-drive', `file=${file},format=raw,if=virtio`];
  const machine: ChildProcess = spawn('qemu-system-x86_64', [...plain, ...disk], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((done) => machine.once('exit', done));
  let printed = '';
  const read = (chunk: Buffer) => {
    printed += chunk;
  };
  machine.stdout?.on('data', read);
  machine.stderr?.on('data', read);
  try {
    await until(
      'the downloaded disk boots',
      () => /virtgate-guest ready \S+/.test(printed) || machine.exitCode !== null,
      120_000,
      () => printed.slice(-2000),
    );
    return printed;
  } finally {
    machine.kill('SIGKILL');
    await ended;
  }
}
