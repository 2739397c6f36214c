import { ClusterAdmin } from '../support/cluster-admin.js';
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
