import { ClusterAdmin } from '../support/cluster-admin.js';
import { ConsoleEnd } from '../support/console.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const MINUTE = 60_000;
const VMS = '/projects/demo/vms';

/** The manual's table 10.1: what start, stop and restart do to a machine of each run strategy, and to the strategy. */
describe('run strategies', () => {
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  let namespace: string;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const { items } = await cluster.call('GET', '/api/v1/namespaces?labelSelector=virtgate.io/project=demo');
    namespace = items[0].metadata.name;
  }, 240_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
  }, 60_000);

  const create = async (name: string, more: Json): Promise<void> => {
    const body = { name, cpus: 1, memory: '64Mi', bootDisk: { blank: true, size: '64Mi' }, ...more };
    await succeeded(await virtgate.rest('POST', VMS, body));
  };
  const act = (name: string, action: string, body: Json = {}): Promise<Answer> =>
    virtgate.rest('POST', `${VMS}/${name}/${action}`, body);
  const succeeded = async ({ status, body }: Answer): Promise<Json> => {
    expect([status, body.code]).toEqual([202, undefined]);
    const operation = await virtgate.settled(body);
    expect([operation.kind, operation.state, operation.error]).toEqual([operation.kind, 'SUCCEEDED', null]);
    return operation;
  };
  const view = async (name: string): Promise<Json> => (await virtgate.rest('GET', `${VMS}/${name}`)).body;
  /** The gateway hears of it on a watch of its own, a moment later than the worker. */
  const is = (name: string, expected: string): Promise<void> =>
    until(`${name} is ${expected}`, async () => {
      const { state, runStrategy } = await view(name);
      return `${state} ${runStrategy}` === expected;
    });
  const instanceOf = (name: string): Promise<Json> =>
    cluster.call('GET', `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances/${name}`);

  it.each<[strategy: string, start: string, restart: string, stop: string, again: string]>([
    ['Always', 'Running Always', 'Running Always', 'Stopped Halted', 'Running Always'],
    ['Manual', 'Running Manual', 'Running Manual', 'Stopped Manual', 'Running Manual'],
    [
      'RerunOnFailure',
      'Running RerunOnFailure',
      'Running RerunOnFailure',
      'Stopped RerunOnFailure',
      'Running RerunOnFailure',
    ],
  ])(
    '%s, made without a start: start, restart, stop, start again',
    async (runStrategy, start, restart, stop, again) => {
      const name = runStrategy.toLowerCase();
      await create(name, { runStrategy, start: false });
      expect(await view(name)).toMatchObject({ state: 'Stopped', runStrategyWhenStarted: runStrategy });
      await succeeded(await act(name, 'start'));
      await is(name, start);
      expect((await act(name, 'start')).body.code).toBe('vm.already_running');
      const { uid } = (await instanceOf(name)).metadata;
      await succeeded(await act(name, 'restart'));
      await is(name, restart);
      expect((await instanceOf(name)).metadata.uid).not.toBe(uid);
      await succeeded(await act(name, 'stop'));
      await is(name, stop);
      expect((await act(name, 'stop')).body.code).toBe('vm.not_running');
      expect((await act(name, 'restart')).body.code).toBe('vm.not_running');
      await succeeded(await act(name, 'start'));
      await is(name, again);
      await succeeded(await act(name, 'stop', { force: true }));
    },
    2 * MINUTE,
  );

  it(
    'Halted starts as Always, unless something else is wanted of it',
    async () => {
      await create('halted', { runStrategy: 'Halted' });
      await succeeded(await act('halted', 'start'));
      await is('halted', 'Running Always');
      await succeeded(await virtgate.rest('PATCH', `${VMS}/halted`, { runStrategy: 'Halted' }));
      expect((await view('halted')).runStrategyWhenStarted).toBe('Always');
    },
    2 * MINUTE,
  );

  it(
    'a guest that ends by itself is started again as its strategy says, and its owner can see why',
    async () => {
      const [OFF, CRASH] = ['poweroff', 'echo c > /proc/sysrq-trigger'];
      const shutDown = [/^Normal .* was shut down\.$/, 'machine.ended_inside'] as const;
      const crashed = [/^Warning .* crashed\. \(The guest panicked\)$/, 'instance.failed'] as const;
      const fates: [
        name: string,
        runStrategy: string,
        typed: string,
        became: string,
        phase: string,
        told: RegExp,
        cause: string | null,
      ][] = [
        ['always-off', 'Always', OFF, 'Running', 'Running', shutDown[0], null],
        ['always-crash', 'Always', CRASH, 'Running', 'Running', crashed[0], 'machine.restarted'],
        ['rerun-off', 'RerunOnFailure', OFF, 'Stopped', 'Succeeded', ...shutDown],
        ['rerun-crash', 'RerunOnFailure', CRASH, 'Running', 'Running', crashed[0], 'machine.restarted'],
        ['manual-off', 'Manual', OFF, 'Stopped', 'Succeeded', ...shutDown],
        ['manual-crash', 'Manual', CRASH, 'Stopped', 'Failed', ...crashed],
        ['once-off', 'Once', OFF, 'Stopped', 'Succeeded', ...shutDown],
        ['once-crash', 'Once', CRASH, 'Stopped', 'Failed', ...crashed],
      ];
      // Once is not virtgate's to give: it comes from the cluster's own tools.
      const once = (name: string) =>
        cluster.call('POST', `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines`, {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachine',
          metadata: { name },
          spec: {
            runStrategy: 'Once',
            template: { spec: { domain: { devices: {}, memory: { guest: '64Mi' } } } },
          },
        });
      const lives = await Promise.all(
        fates.map(async ([name, runStrategy]) => {
          await (runStrategy === 'Once' ? once(name) : create(name, { runStrategy }));
          await is(name, `Running ${runStrategy}`);
          return (await instanceOf(name)).metadata.uid as string;
        }),
      );
      const become = fates.map(async ([name, runStrategy, typed, became, phase, told, cause], index) => {
        const session = await virtgate.rest('POST', `${VMS}/${name}/console-sessions`, { type: 'serial' });
        expect([name, session.status]).toEqual([name, 201]);
        const console = await ConsoleEnd.open(session.body.websocketUrl);
        console.type(`${typed}\r`);
        const [before, starts] = [lives[index], became === 'Running' ? 2 : 1];
        let seen: unknown;
        await until(
          `${name} has become what it is to be`,
          async () => {
            const instance = await instanceOf(name);
            const { items } = (await virtgate.rest('GET', `${VMS}/${name}/events?limit=100`)).body;
            const { state, runStrategy: strategy } = await view(name);
            const { causes } = (await virtgate.rest('GET', `${VMS}/${name}/diagnosis`)).body;
            const made = items.find(
              (event: Json) =>
                event.reason === 'SuccessfulCreate' && event.involved.kind === 'VirtualMachine',
            );
            const words = items.map(({ type, message }: Json) => `${type} ${message}`);
            seen = {
              state: `${state} ${strategy}`,
              phase: instance.status?.phase,
              again: instance.metadata?.uid !== before,
              starts: made?.count,
              told: words.some((one: string) => told.test(one)),
              cause: cause === null || causes.some(({ code }: Json) => code === cause),
            };
            const wanted = {
              state: `${became} ${runStrategy}`,
              phase,
              again: starts === 2,
              starts,
              told: true,
              cause: true,
            };
            return JSON.stringify(seen) === JSON.stringify(wanted);
          },
          90_000,
          () => JSON.stringify(seen),
        );
        console.close();
      });
      await Promise.all(become);

      // What has ended for good is started by hand.
      for (const name of ['rerun-off', 'manual-crash']) await succeeded(await act(name, 'start'));
      await is('rerun-off', 'Running RerunOnFailure');
      await is('manual-crash', 'Running Manual');
      const again = await act('once-off', 'start');
      expect([again.status, again.body.code]).toEqual([409, 'vm.ran_once']);
      await succeeded(await act('once-off', 'stop'));
      await is('once-off', 'Stopped Halted');
      await succeeded(await act('once-off', 'start'));
      await is('once-off', 'Running Always');
    },
    3 * MINUTE,
  );

  it(
    'a start during a shutdown waits for its end and then starts',
    async () => {
      await create('quick', { runStrategy: 'Always' });
      const before = (await instanceOf('quick')).metadata.uid;
      // A paused guest does not hear its power button: the shutdown would take all of its grace period.
      await succeeded(await act('quick', 'pause'));
      const stop = await act('quick', 'stop', { gracePeriodSeconds: 3600 });
      await until('it shuts down', async () =>
        Boolean((await instanceOf('quick')).metadata.deletionTimestamp),
      );
      const start = await act('quick', 'start');
      await until('the start waits', async () => {
        const { body } = await virtgate.rest('GET', `/operations/${start.body.id}`);
        return body.steps[0].message === 'Waiting until it has shut down';
      });
      const actions = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines`;
      await cluster.call('PUT', `${actions}/quick/stop`, { gracePeriod: 0 });
      const started = await succeeded(start);
      const step = started.steps.find(({ name }: Json) => name === 'start-again');
      expect(step.state).toBe('SUCCEEDED');
      await is('quick', 'Running Always');
      expect((await instanceOf('quick')).metadata.uid).not.toBe(before);
      const replaced = await virtgate.settled(stop.body);
      expect([replaced.state, replaced.error.code]).toEqual(['CANCELLED', 'operation.superseded']);
    },
    2 * MINUTE,
  );

  it(
    'a shutdown that takes too long is ended by force',
    async () => {
      await succeeded(await act('quick', 'pause'));
      const gentle = await act('quick', 'stop', { gracePeriodSeconds: 3600 });
      await until('it shuts down', async () =>
        Boolean((await instanceOf('quick')).metadata.deletionTimestamp),
      );
      await succeeded(await act('quick', 'stop', { force: true }));
      expect((await view('quick')).state).toBe('Stopped');
      expect((await virtgate.settled(gentle.body)).error.code).toBe('operation.superseded');
    },
    2 * MINUTE,
  );
});
