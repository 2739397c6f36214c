import { readFileSync } from 'node:fs';
import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { Census } from '../support/census.js';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { GuestShell } from '../support/guest-shell.js';
import { LIES, SAYINGS, type Saying, say, synchronised } from '../support/hostile-agent.js';
import { ImageServer } from '../support/image-server.js';
import { databaseOf, isAlive } from '../support/killed-process.js';
import { describeWith, qemuProcesses } from '../support/machines.js';
import { SocketTap } from '../support/socket-tap.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const VM = '/projects/demo/vms/frozen';
/** Writes to the guest's file system, and counts in its memory, which no freeze holds. */
const WRITER =
  '(i=0; while :; do i=$((i+1)); echo $i > /data/beat; echo $i > /run/beats; usleep 20000; done) & echo $! > /run/writer';

/** A real guest with a real agent, and taps in the way to it: on QEMU's control socket, and on the agent's channel. */
describeWith(['qemu-system-x86_64', 'qemu-img'], 'between the sandbox and a guest', () => {
  let virtgate: Virtgate;
  let images: ImageServer;
  let admin: ClusterAdmin;
  let census: Census;
  let control: SocketTap;
  let channel: SocketTap;

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
    // The sandbox comes back through the taps.
    control = await SocketTap.on(socketOf(virtgate.dataDirectory, 'qmp'));
    channel = await SocketTap.on(socketOf(virtgate.dataDirectory, 'agent'));
    await virtgate.killAndAwaitRestart('sandbox');
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    await control?.close();
    await channel?.close();
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
    'kill -9 of the %s while the guest is frozen: it is thawed, and the snapshot ends',
    async (role) => {
      // Held from outside, where the guest is frozen and nothing is copied yet.
      await agentIsThere();
      const before = await inGuest((shell) => shell.run('cat /run/freezes 2>/dev/null | wc -l'));
      const held = control.withhold('transaction');
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

  /** Answers in the agent's place, and counts. */
  const pretend = (answer: (command: string) => Saying) => {
    let stop = () => {};
    const count = {
      asked: 0,
      answered: 0,
      /** What has no end has one now, and the agent itself speaks again. */
      end: () => {
        stop();
        channel.listener = (line) => line.pass();
      },
    };
    channel.listener = ({ command = '', args, say: reply }) => {
      count.asked += 1;
      // Who is asked anew begins anew; what was said before is still on its way.
      stop();
      if (command === 'guest-sync-delimited') reply(synchronised(args.id));
      else {
        count.answered += 1;
        stop = say(reply(''), answer(command));
      }
    };
    return count;
  };
  const everySandboxLine = () =>
    virtgate.output
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('sandbox') || line.startsWith('gateway'));

  it('an agent that lies is shown as text, and steers nothing', async () => {
    // A guest without an address is asked again soon.
    pretend((command) => ({ return: command === 'guest-network-get-interfaces' ? [] : LIES[command] }));
    await virtgate.killAndAwaitRestart('sandbox');
    let info: Json;
    await until(
      'its lies are told',
      async () => {
        info = (await virtgate.rest('GET', `${VM}/guest-info`)).body;
        return info.os?.name?.includes('<script>') && info.connected;
      },
      120_000,
      () => JSON.stringify(info),
    );
    expect(info.users).toHaveLength(128);
    expect(info.users[0]).toEqual({
      name: expect.stringMatching(/evil root-0$/),
      domain: expect.stringContaining('<script>'),
      loginAt: null,
    });
    expect(info.fileSystems[0]).toMatchObject({ usedBytes: null, totalBytes: 0 });
    const query = `{ project(name: "demo") { virtualMachine(name: "frozen") {
      guestInfo { hostname timezone os { id name prettyName version } users { name domain } fileSystems { name mountPoint type } }
      guestOs interfaces { name ipAddresses }
    } } }`;
    const shown = [
      info,
      await virtgate.graphql(query),
      (await virtgate.rest('GET', VM)).body,
      (await virtgate.rest('GET', '/projects/demo/vms')).body,
    ].map((body) => JSON.stringify(body));
    for (const text of shown) {
      expect(text).not.toMatch(/\\u00[01]|\\u20|[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      expect(text.length).toBeLessThan(120_000);
    }
    // Addresses are the pod's, whatever is claimed inside.
    expect(shown.join()).not.toMatch(/169\.254\.169\.254|rm -rf/);
    for (const line of everySandboxLine()) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      expect(line).not.toMatch(/[\u0000-\u0008\u001b\u200f\u202e\u2066]/);
      expect(line.length).toBeLessThan(20_000);
    }
  }, 240_000);

  it('an agent that says too much, or nonsense, is not listened to', async () => {
    const [sandbox, gateway] = [virtgate.pid('sandbox'), virtgate.pid('gateway')];
    // What waits in the channel is taken a mebibyte for each question: of fifty it would be long. What is no answer at
    // all is waited for in vain; that is tried beside the agent's source.
    const sayings: Saying[] = [
      { return: 'A'.repeat(1.2 * (1 << 20)) },
      ...[
        'fifty thousand lists in each other',
        'half an emoji and what is no value',
        'no end, and no line',
      ].map((what) => SAYINGS[what] as Saying),
    ];
    let turn = 0;
    const count = pretend(() => sayings[turn++ % sayings.length] as Saying);
    await until('every one of them was said', () => count.answered >= sayings.length, 120_000);
    // Of what has no end, no more than a mebibyte for each question.
    expect(channel.mostTaken()).toBeLessThan(count.asked * 1.5 * (1 << 20));
    expect([virtgate.pid('sandbox'), virtgate.pid('gateway')]).toEqual([sandbox, gateway]);
    expect([isAlive(sandbox), isAlive(gateway)]).toEqual([true, true]);
    count.end();
    // What it said before is shown no more once the agent itself is heard again.
    await until(
      'the agent is heard again',
      async () => {
        const { body } = await virtgate.rest('GET', `${VM}/guest-info`);
        return body.os?.id === 'virtgate';
      },
      120_000,
    );
    expect((await virtgate.rest('GET', VM)).body.state).toBe('Running');
    expect(everySandboxLine().filter((line) => /RangeError|TypeError|unhandled/i.test(line))).toEqual([]);
  }, 300_000);
});

/** Where QEMU listens, by its own command line. */
function socketOf(dataDirectory: string, name: string): string {
  const [pid] = qemuProcesses(dataDirectory);
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  const [path] = new RegExp(`[^\\0=,:]+${name}\\.sock`).exec(command) ?? [];
  if (!path) throw new Error(`no socket ${name} in ${command}`);
  return path;
}
