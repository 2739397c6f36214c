import { readFileSync } from 'node:fs';
import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { Census } from '../support/census.js';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { GuestShell } from '../support/guest-shell.js';
import { ImageServer } from '../support/image-server.js';
import { databaseOf, isAlive } from '../support/killed-process.js';
import { describeWith, qemuProcesses } from '../support/machines.js';
import { SocketTap } from '../support/socket-tap.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const VM = '/projects/demo/vms/frozen';
/** Writes to the guest's file system, and counts in its memory, which no freeze holds. */
const WRITER =
  '(i=0; while :; do i=$((i+1)); echo $i > /data/beat; echo $i > /run/beats; usleep 20000; done) & echo $! > /run/writer';

/**
 * A real guest with a real agent. The snapshot is held where the guest is frozen and nothing is copied yet, from
 * outside: a tap on QEMU's control socket keeps back the transaction.
 */
describeWith(['qemu-system-x86_64', 'qemu-img'], 'kill -9 while a guest is frozen', () => {
  let virtgate: Virtgate;
  let images: ImageServer;
  let admin: ClusterAdmin;
  let census: Census;
  let tap: SocketTap;

  beforeAll(async () => {
    const image = await ensureGuestImage();
    if (!image.available) throw new Error(`no guest image: missing ${image.missing.join(', ')}`);
    images = await ImageServer.start(image.path);
    virtgate = await Virtgate.start({ env: { IMPORT_ALLOWED_HOSTS: images.host } });
    admin = ClusterAdmin.of(virtgate.kubeconfig);
    census = new Census(admin, virtgate.dataDirectory, () => databaseOf(virtgate));
    const created = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'frozen',
      cpus: 1,
      memory: '192Mi',
      bootDisk: { url: `${images.origin}/image.img`, size: '64Mi' },
    });
    expect((await virtgate.settled(created.body)).state).toBe('SUCCEEDED');
    await inGuest((shell) => shell.run(WRITER));
    await agentIsThere();
    // The sandbox comes back through the tap.
    tap = await SocketTap.on(controlSocket(virtgate.dataDirectory));
    await virtgate.killAndAwaitRestart('sandbox');
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    await tap?.close();
    admin?.close();
    await images?.stop();
  }, 60_000);

  const agentIsThere = () =>
    until('the agent is seen', async () => (await virtgate.rest('GET', VM)).body.agentConnected === true);

  async function inGuest<T>(act: (shell: GuestShell) => Promise<T>): Promise<T> {
    // Whatever was killed last is on its way back.
    let shell = null as unknown as GuestShell;
    await until(
      'a console opens',
      async () => {
        const session = await virtgate
          .rest('POST', `${VM}/console-sessions`, { type: 'serial' })
          .catch(() => null);
        const opened =
          session?.status === 201 && (await GuestShell.at(session.body.websocketUrl).catch(() => null));
        if (opened) shell = opened;
        return opened;
      },
      120_000,
    );
    try {
      return await act(shell);
    } finally {
      shell.close();
    }
  }

  const instance = async (): Promise<Json> => {
    const { items } = await admin.call('GET', '/apis/kubevirt.io/v1/virtualmachineinstances');
    return items[0];
  };

  /** The writer hangs in the kernel, and what it counts stands still. */
  const isFrozen = (shell: GuestShell) =>
    until('a write in the guest hangs', async () => {
      const look = 'cat /run/beats; grep State /proc/$(cat /run/writer)/status';
      const [first, second] = [await shell.run(look), await shell.run(look)];
      return first === second && /State:\s+D/.test(first);
    });

  const isThawed = (shell: GuestShell) =>
    until('writes in the guest go on', async () => {
      const look = async () => Number(await shell.run('cat /run/beats'));
      const first = await look();
      await shell.run('sync');
      return (await look()) > first;
    });

  it.each(['worker', 'gateway', 'sandbox'] as const)(
    'of the %s: it is thawed, and the snapshot ends',
    async (role) => {
      await agentIsThere();
      const before = await inGuest((shell) => shell.run('cat /run/freezes 2>/dev/null | wc -l'));
      const held = tap.withhold('transaction');
      const begun = await virtgate.rest('POST', `${VM}/snapshots`, { name: `amid-${role}` });
      expect(begun.status).toBe(202);
      await until('the snapshot is about to be taken', held.reached, 90_000);
      await inGuest(isFrozen);
      expect((await instance()).status.fsFreezeStatus).toBe('frozen');

      const pid = virtgate.pid(role);
      process.kill(pid, 'SIGKILL');
      await until('it is dead', () => !isAlive(pid));
      held.release();
      await until('another runs', () => virtgate.pid(role) !== pid && virtgate.pid(role) > 0);
      await virtgate.ready();

      const { state, error } = await virtgate.settled(begun.body);
      expect([state, error]).toEqual(['SUCCEEDED', null]);
      const freezes = await inGuest(async (shell) => {
        await isThawed(shell);
        return (await shell.run('cat /run/freezes')).split('\n');
      });
      // The guest's own record: for each freeze a thaw.
      const words = freezes.slice(Number(before)).map((line) => line.split(' ')[0]);
      expect(words.length).toBeGreaterThan(1);
      expect(words).toEqual(words.map((_, index) => (index % 2 === 0 ? 'freeze' : 'thaw')));
      expect(words.at(-1)).toBe('thaw');
      await until('the cluster says so', async () => !(await instance()).status.fsFreezeStatus);
      const snapshot = await virtgate.rest('GET', `/projects/demo/snapshots/amid-${role}`);
      expect(snapshot.body).toMatchObject({ ready: true, consistency: 'application' });
      await census.settles();
    },
    240_000,
  );
});

/** Where QEMU listens, by its own command line. */
function controlSocket(dataDirectory: string): string {
  const [pid] = qemuProcesses(dataDirectory);
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  const [path] = /[^\0=,:]+qmp\.sock/.exec(command) ?? [];
  if (!path) throw new Error(`no control socket in ${command}`);
  return path;
}
