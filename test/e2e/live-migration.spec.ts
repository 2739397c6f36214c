import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ConsoleEnd } from '../support/console.js';
import { GuestShell } from '../support/guest-shell.js';
import { imageOwners, watchOwners } from '../support/image-owners.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith, qemuProcesses } from '../support/machines.js';
import { postCopyRefusal } from '../support/post-copy.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const VM = '/projects/demo/vms/mover';
const GROWER = '/projects/demo/vms/grower';
const PLAIN = '/projects/demo/vms/plain';
const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';
const POLICIES = '/apis/migrations.kubevirt.io/v1alpha1/migrationpolicies';
const ROUNDS = 10;
const MINUTE = 60_000;
const SLOWEST = 2 * MINUTE;
/** With KILLS=whole, every process in the middle of a migration; else those that hold the guest. */
const inWhole = process.env.KILLS === 'whole' ? it : it.skip;

describeWith(['qemu-system-x86_64', 'qemu-img'], 'a running guest that is moved', () => {
  let virtgate: Virtgate;
  let images: ImageServer;
  let cluster: ClusterAdmin;
  let console: ConsoleEnd;
  let owners: ReturnType<typeof watchOwners>;

  beforeAll(async () => {
    const image = await ensureGuestImage();
    if (!image.available) throw new Error(`no guest image: missing ${image.missing.join(', ')}`);
    images = await ImageServer.start(image.path);
    virtgate = await Virtgate.start({ env: { IMPORT_ALLOWED_HOSTS: images.host } });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const machines = [
      { name: 'mover', memory: '160Mi', evictionStrategy: 'LiveMigrate' },
      // Memory can be added to what has 1 GiB or more.
      { name: 'grower', memory: '1Gi', evictionStrategy: 'LiveMigrate' },
      { name: 'plain', memory: '160Mi', evictionStrategy: 'None', runStrategy: 'Always' },
    ];
    await Promise.all(machines.map(create));
    owners = watchOwners(virtgate.dataDirectory);
    console = await opened();
    await until(
      'the guest has a prompt',
      () => {
        console.type('\n');
        return console.text.includes('guest# ');
      },
      SLOWEST,
    );
    // A count for every line that is heard, and a writer that is never done.
    console.type('while :; do i=$((i+1)); echo "n=$i=" > /dev/ttyS0; usleep 20000; done &\n');
    console.type('while :; do dd if=/dev/urandom of=/run/dirt bs=64k count=64 2>/dev/null; done &\n');
    await goesOn();
  }, 300_000);

  afterAll(async () => {
    console?.close();
    cluster?.close();
    owners?.stop();
    await virtgate?.stop();
    await images?.stop();
  }, 60_000);

  const create = async (machine: Json): Promise<void> => {
    const made = await virtgate.rest('POST', '/projects/demo/vms', {
      cpus: 1,
      bootDisk: { url: `${images.origin}/image.img`, size: '1Gi' },
      ...machine,
    });
    expect([made.status, made.body.code]).toEqual([202, undefined]);
    expect((await virtgate.settled(made.body)).error).toBeNull();
  };
  const get = async (path: string): Promise<Json> =>
    (await virtgate.rest('GET', path).catch(() => null))?.body;
  const serial = async (vm: string): Promise<string> =>
    (await virtgate.rest('POST', `${vm}/console-sessions`, { type: 'serial' })).body.websocketUrl;
  const opened = async () => ConsoleEnd.open(await serial(VM));
  const counts = () => [...console.text.matchAll(/n=(\d+)=/g)].map(([, count]) => Number(count));
  const goesOn = async () => {
    const before = counts().length;
    await until('the guest counts', () => counts().length > before + 2, SLOWEST);
  };
  const answer = async (command: string, pattern: RegExp): Promise<string> => {
    const from = console.text.length;
    console.type(`${command}\n`);
    const found = () => pattern.exec(console.text.slice(from))?.[1];
    await until(command, () => found() !== undefined, SLOWEST);
    return found() as string;
  };
  const bootId = () => answer('cat /proc/sys/kernel/random/boot_id', /\n([0-9a-f]{8}-[0-9a-f-]{27})\r?\n/);
  const uptime = async () => Number(await answer('cat /proc/uptime', /\n(\d+\.\d+) \d+\.\d+\r?\n/));
  const guests = (name = 'mover') => qemuProcesses(virtgate.dataDirectory, name);
  const begin = () => accepted('POST', `${VM}/migrate`);
  const accepted = async (method: string, path: string, asked: Json = {}): Promise<Json> => {
    const { status, body } = await virtgate.rest(method, path, asked);
    expect([path, status, body.detail]).toEqual([path, 202, undefined]);
    return body;
  };
  const done = async (method: string, path: string, asked: Json = {}): Promise<Json> => {
    const operation = await virtgate.settled(await accepted(method, path, asked));
    expect([operation.kind, operation.state, operation.error]).toEqual([operation.kind, 'SUCCEEDED', null]);
    return operation;
  };
  const withPolicy = async (spec: Json, work: () => Promise<void>) => {
    await cluster.call('POST', POLICIES, {
      apiVersion: 'migrations.kubevirt.io/v1alpha1',
      kind: 'MigrationPolicy',
      metadata: { name: 'pace' },
      spec: { selectors: {}, ...spec },
    });
    await work();
    await until(
      'the policy is gone',
      async () => (await cluster.call('DELETE', `${POLICIES}/pace`).catch(() => ({ code: 0 }))).code !== 0,
      SLOWEST,
    );
  };
  /** So slowly that it is not done before the test is. */
  const slowly = (work: (operation: Json) => Promise<void>) =>
    withPolicy({ bandwidthPerMigration: '1Mi' }, async () => {
      const operation = await begin();
      await until(
        'bytes go over',
        async () =>
          (await get(`${VM}/migrations`))?.items?.find(
            (one: Json) => one.operation === operation.id && one.bytes?.transferred > 0,
          ),
        SLOWEST,
      );
      await work(operation);
    });
  const running = () => until('it runs', async () => (await get(VM))?.state === 'Running', SLOWEST);
  const onlyOne = (pid?: number) =>
    until('one process is left', () => guests().length === 1 && (!pid || guests()[0] === pid), SLOWEST);
  /** The process that may write to its disk. */
  const owner = (): number => {
    const own = guests();
    const pids = [...imageOwners(virtgate.dataDirectory).values()].flatMap((owners) =>
      own.filter((pid) => owners.has(pid)),
    );
    expect(pids).toHaveLength(1);
    return pids[0] as number;
  };

  it(
    `goes back and forth ${ROUNDS} times under load: no count is missed or said twice, and it never boots`,
    async () => {
      const [boot, up] = [await bootId(), await uptime()];
      const nodes = new Set<string>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const source = owner();
        const { node } = await get(VM);
        const operation = await virtgate.settled(await begin());
        expect([round, operation.state, operation.error]).toEqual([round, 'SUCCEEDED', null]);
        const after = await get(VM);
        expect(after.node).not.toBe(node);
        nodes.add(after.node);
        expect(owner()).not.toBe(source);
        expect(guests()).toEqual([owner()]);
        await goesOn();
      }
      expect(nodes.size).toBeGreaterThan(1);
      expect([await bootId(), console.closed]).toEqual([boot, null]);
      expect(await uptime()).toBeGreaterThan(up);
      const seen = counts();
      expect(seen).toEqual(seen.map((_count, index) => (seen[0] ?? 0) + index));
    },
    6 * MINUTE,
  );

  it(
    'comes by post-copy where a policy allows that and nothing else would end, or says why it cannot',
    async () => {
      const refusal = await postCopyRefusal();
      const [boot, from] = [await bootId(), counts().length];
      await withPolicy(
        { bandwidthPerMigration: '4Mi', completionTimeoutPerGiB: 1, allowPostCopy: true },
        async () => {
          const { state, result, error } = await virtgate.settled(await begin());
          if (refusal === undefined) expect([state, result?.mode]).toEqual(['SUCCEEDED', 'PostCopy']);
          else expect([state, error?.message]).toEqual(['FAILED', expect.stringContaining(refusal)]);
        },
      );
      await goesOn();
      expect(await bootId()).toBe(boot);
      const seen = counts().slice(from);
      expect(seen).toEqual(seen.map((_count, index) => (seen[0] ?? 0) + index));
      expect(guests()).toEqual([owner()]);
    },
    3 * MINUTE,
  );

  it(
    'stays where it is when the migration is cancelled in the middle',
    async () => {
      const [source, boot] = [owner(), await bootId()];
      const { node } = await get(VM);
      await slowly(async (operation) => {
        expect(guests()).toHaveLength(2);
        expect((await virtgate.rest('POST', `/operations/${operation.id}/cancel`)).status).toBe(202);
        expect((await virtgate.settled(operation)).state).toBe('CANCELLED');
      });
      await running();
      await onlyOne(source);
      expect([owner(), (await get(VM)).node, await bootId()]).toEqual([source, node, boot]);
      await goesOn();
    },
    3 * MINUTE,
  );

  it(
    'stays where it is when the process that it moves to is killed',
    async () => {
      const source = owner();
      await slowly(async (operation) => {
        process.kill(guests().find((pid) => pid !== source) ?? 0, 'SIGKILL');
        const { state, error } = await virtgate.settled(operation);
        expect([state, error.message ?? error.detail]).toEqual([
          'FAILED',
          expect.stringContaining('SIGKILL'),
        ]);
      });
      await onlyOne(source);
      await running();
      await goesOn();
    },
    3 * MINUTE,
  );

  inWhole.each(['worker', 'gateway'] as const)(
    'goes on when the %s is killed',
    async (role) => {
      const source = owner();
      await slowly(async (operation) => {
        await virtgate.killAndAwaitRestart(role);
        if (role === 'gateway') console = await opened();
        await goesOn();
        expect((await virtgate.rest('POST', `/operations/${operation.id}/cancel`)).status).toBe(202);
        expect((await virtgate.settled(operation)).state).toBe('CANCELLED');
      });
      await onlyOne(source);
      await running();
    },
    4 * MINUTE,
  );

  it(
    'is found where it is when the sandbox is killed',
    async () => {
      const [source, boot] = [owner(), await bootId()];
      await slowly(async (operation) => {
        await virtgate.killAndAwaitRestart('sandbox');
        const { state, error } = await virtgate.settled(operation);
        expect([state, error.message ?? error.detail]).toEqual([
          'FAILED',
          expect.stringContaining('restarted'),
        ]);
      });
      await onlyOne(source);
      await running();
      console.close();
      console = await opened();
      await goesOn();
      expect(await bootId()).toBe(boot);
    },
    4 * MINUTE,
  );

  it(
    'gets processors and memory by a move, which its kernel uses',
    async () => {
      const shell = await GuestShell.at(await serial(GROWER));
      const memoryMiB = async () =>
        Number(/MemTotal: +(\d+)/.exec(await shell.run('cat /proc/meminfo'))?.[1]) / 1024;
      await shell.run('modprobe virtio_mem; echo online > /sys/devices/system/memory/auto_online_blocks');
      const [boot, before] = [await shell.run(BOOT_ID), await memoryMiB()];
      expect(await shell.run('nproc')).toBe('1');
      const { node } = await get(GROWER);
      const { result } = await done('PATCH', GROWER, { cpus: 3, memory: '1536Mi' });
      expect(result).toMatchObject({ restartRequired: false });
      const grown = await get(GROWER);
      expect(grown).toMatchObject({ cpus: 3, memory: '1536Mi', pendingChanges: [], state: 'Running' });
      expect(grown.node).not.toBe(node);
      // Nobody brings new processors on in this guest as udev does.
      await until('three processors', async () => {
        await shell.run(
          'for c in /sys/devices/system/cpu/cpu*/online; do [ "$(cat $c)" = 1 ] || echo 1 > $c; done',
        );
        return (await shell.run('nproc')) === '3';
      });
      await until('the kernel uses the memory', async () => (await memoryMiB()) > before + 450);
      expect(await shell.run(BOOT_ID)).toBe(boot);
      shell.close();
    },
    4 * MINUTE,
  );

  it(
    'leaves its node with all others in a drain, each as its strategy says',
    async () => {
      const shells = await Promise.all([GROWER, PLAIN].map(async (vm) => GuestShell.at(await serial(vm))));
      const [grower] = shells as [GuestShell, GuestShell];
      const boots = [await bootId(), await grower.run(BOOT_ID)];
      const { node } = await get(PLAIN);
      for (const vm of [VM, GROWER]) {
        if ((await get(vm)).node !== node) await done('POST', `${vm}/migrate`, { targetNode: node });
      }
      const [plain, from] = [guests('plain'), counts().length];
      const { summary } = await get(`/nodes/${node}/drain-report`);
      expect(summary).toEqual({ migrates: 2, restarts: 1, stops: 0, blocks: 0 });

      const { result } = await done('POST', `/nodes/${node}/drain`);
      expect(result).toMatchObject({ restarted: ['demo/plain'], stopped: [], remaining: [] });
      expect(result.moved.toSorted()).toEqual(['demo/grower', 'demo/mover']);
      await until(
        'all run elsewhere',
        async () => {
          const seen = await Promise.all([VM, GROWER, PLAIN].map(get));
          return seen.every((vm) => vm?.state === 'Running' && vm.node !== node);
        },
        SLOWEST,
      );
      expect(guests('plain')).toHaveLength(1);
      expect(guests('plain')).not.toEqual(plain);
      await goesOn();
      expect([await bootId(), await grower.run(BOOT_ID)]).toEqual(boots);
      expect(await grower.run('nproc')).toBe('3');
      const seen = counts().slice(from);
      expect(seen).toEqual(seen.map((_count, index) => (seen[0] ?? 0) + index));
      for (const shell of shells) shell.close();
      await done('POST', `/nodes/${node}/uncordon`);
    },
    5 * MINUTE,
  );

  it(
    'ends with its process, which takes the other one with it, and is started again as its run strategy says',
    async () => {
      const source = owner();
      await slowly(async (operation) => {
        process.kill(source, 'SIGKILL');
        const { state, error } = await virtgate.settled(operation);
        expect([state, Boolean(error)]).toEqual(['FAILED', true]);
      });
      await running();
      await until('another process', () => guests().length === 1 && guests()[0] !== source, SLOWEST);
    },
    4 * MINUTE,
  );

  it('never has two processes that may write to one disk', () => {
    expect(owners.seen()).toBeGreaterThan(20);
    expect(owners.stop()).toEqual([]);
  });
});
