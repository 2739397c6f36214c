import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith, diskFiles, qemuProcesses } from '../support/machines.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

describeWith(['qemu-system-x86_64', 'qemu-img'], 'nothing is lost', () => {
  let virtgate: Virtgate;
  let images: ImageServer;

  beforeAll(async () => {
    const image = await ensureGuestImage();
    if (!image.available) throw new Error(`no guest image: missing ${image.missing.join(', ')}`);
    images = await ImageServer.start(image.path);
    virtgate = await Virtgate.start({ env: { IMPORT_ALLOWED_HOSTS: images.host } });
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    await images?.stop();
  }, 60_000);

  const beginImport = async (name: string): Promise<Json> => {
    const { status, body } = await virtgate.rest('POST', '/projects/demo/vms', {
      name,
      cpus: 1,
      memory: '128Mi',
      bootDisk: { url: `${images.origin}/slow.img`, size: '1Gi' },
      start: false,
    });
    expect(status).toBe(202);
    await until(
      'the import moves',
      async () => (await virtgate.rest('GET', `/operations/${body.id}`)).body.progress > 0,
    );
    return body;
  };

  const remove = async (name: string): Promise<void> => {
    const { body } = await virtgate.rest('DELETE', `/projects/demo/vms/${name}?disks=delete`);
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
    expect(diskFiles(virtgate.dataDirectory)).toEqual([]);
  };

  it.each(['worker', 'gateway', 'sandbox'] as const)(
    'kill -9 of the %s in the middle of an import: it succeeds, and one disk exists',
    async (role) => {
      const operation = await beginImport(`killed-${role}`);
      await virtgate.killAndAwaitRestart(role);
      const settled = await virtgate.settled(operation, 180_000);
      expect([settled.state, settled.error]).toEqual(['SUCCEEDED', null]);
      expect(diskFiles(virtgate.dataDirectory)).toHaveLength(1);
      const { body } = await virtgate.rest('GET', '/projects/demo/vms');
      expect(body.items.map((vm: Json) => vm.name)).toEqual([`killed-${role}`]);
      await remove(`killed-${role}`);
    },
    300_000,
  );

  it('Postgres stopped for ten seconds: clear 503s, no lost operation, recovery by itself', async () => {
    const operation = await beginImport('outlives-postgres');
    const postmaster = virtgate.pid('postgres');
    // It first, so that no other is born meanwhile; those that end now have ended.
    process.kill(postmaster, 'SIGSTOP');
    const backends = descendants(postmaster);
    for (const pid of backends) signal(pid, 'SIGSTOP');
    try {
      const refusals = await Promise.all(
        ['a', 'b'].map((name) =>
          virtgate.rest(
            'POST',
            '/tenants',
            { name: `while-down-${name}` },
            { 'idempotency-key': `down-${name}` },
          ),
        ),
      );
      for (const refusal of refusals) {
        expect([refusal.status, refusal.body.code]).toEqual([503, 'service.unavailable']);
        expect(refusal.headers.get('content-type')).toContain('application/problem+json');
        expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      await sleep(10_000);
    } finally {
      for (const pid of [...backends, postmaster]) signal(pid, 'SIGCONT');
    }
    await virtgate.ready();
    const settled = await virtgate.settled(operation, 180_000);
    expect([settled.state, settled.error]).toEqual(['SUCCEEDED', null]);
    await until(
      'tenants can be made again',
      async () => (await virtgate.rest('POST', '/tenants', { name: 'after-down' })).status === 201,
    );
    await remove('outlives-postgres');
  }, 300_000);

  it('kill -9 of Postgres: it comes back by itself', async () => {
    const before = virtgate.pid('postgres');
    process.kill(before, 'SIGKILL');
    await until('postgres is another process', () => virtgate.pid('postgres') !== before);
    await virtgate.ready();
    await until(
      'tenants can be made',
      async () => (await virtgate.rest('POST', '/tenants', { name: 'after-crash' })).status === 201,
    );
  }, 120_000);

  it('Ctrl-C ends everything and keeps the data; the next start finds its machines again', async () => {
    const { body: operation } = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'keeper',
      cpus: 1,
      memory: '128Mi',
      bootDisk: { url: `${images.origin}/image.img`, size: '1Gi' },
    });
    expect((await virtgate.settled(operation)).state).toBe('SUCCEEDED');
    const { body: keeper } = await virtgate.rest('GET', '/projects/demo/vms/keeper');
    const pids = (['gateway', 'worker', 'sandbox', 'postgres'] as const).map((role) => virtgate.pid(role));
    await virtgate.stop({ keepData: true });
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
    expect(qemuProcesses(virtgate.dataDirectory)).toEqual([]);

    virtgate = await Virtgate.start({
      dataDirectory: virtgate.dataDirectory,
      env: { IMPORT_ALLOWED_HOSTS: images.host },
    });
    await until('the machine runs again', async () => {
      const { body } = await virtgate.rest('GET', '/projects/demo/vms/keeper');
      return body.id === keeper.id && body.state === 'Running';
    });
    await remove('keeper');
  }, 300_000);
});

/** Whoever has ended meanwhile needs none. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // It has ended.
    return [];
  }
}
