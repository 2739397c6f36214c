import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const MIGRATIONS = '/apis/kubevirt.io/v1/virtualmachineinstancemigrations';

/** Twenty machines: what moves, what is shut down and comes back, what stays off, what cannot leave. */
const FLEET = [
  ...names('moves', 10).map((name) => ({ name, evictionStrategy: 'LiveMigrate' })),
  ...names('would', 3).map((name) => ({ name, evictionStrategy: 'LiveMigrateIfPossible' })),
  ...names('plain', 4).map((name) => ({ name, evictionStrategy: 'None' })),
  { name: 'manual-1', evictionStrategy: 'None', runStrategy: 'Manual', start: true },
  ...names('stuck', 2).map((name) => ({ name, evictionStrategy: 'LiveMigrate', shared: false })),
];

function names(stem: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${stem}-${index + 1}`);
}

const starting = (stem: string) => expect.stringMatching(new RegExp(`^demo/${stem}-\\d+$`));

describe('nodes', () => {
  let virtgate: Virtgate;
  let admin: ClusterAdmin;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    admin = ClusterAdmin.of(virtgate.kubeconfig);
    // So that a migration lasts about half a second.
    const [kubevirt] = (await admin.call('GET', '/apis/kubevirt.io/v1/kubevirts')).items;
    const { namespace, name } = kubevirt.metadata;
    const migrations = { bandwidthPerMigration: '512Mi' };
    await admin.call(
      'PATCH',
      `/apis/kubevirt.io/v1/namespaces/${namespace}/kubevirts/${name}`,
      { spec: { configuration: { migrations } } },
      'application/merge-patch+json',
    );
  }, 180_000);

  afterAll(async () => {
    admin?.close();
    await virtgate?.stop();
  }, 60_000);

  const get = async (path: string): Promise<Json> => {
    const answer = await virtgate.rest('GET', path);
    if (answer.status !== 200) throw new Error(`GET ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const accepted = async (path: string, body: Json = {}): Promise<Json> => {
    const answer = await virtgate.rest('POST', path, body);
    if (answer.status !== 202) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const machines = async (): Promise<Json[]> => (await get('/projects/demo/vms?limit=100')).items;
  const byName = async () => new Map((await machines()).map((vm) => [vm.name, vm]));
  const create = ({ name, shared = true, ...more }: Json) =>
    accepted('/projects/demo/vms', {
      name,
      cpus: 1,
      memory: '256Mi',
      bootDisk: { blank: true, size: '64Mi', ...(shared ? {} : { storageClass: 'sandbox-plain' }) },
      ...more,
    });

  it('are listed over REST and GraphQL alike, with what they have', async () => {
    const { items, total } = await get('/nodes');
    expect([total, items.map(({ name }: Json) => name)]).toEqual([3, ['node01', 'node02', 'node03']]);
    expect(items[0]).toMatchObject({
      state: 'Ready',
      schedulable: true,
      virtualMachines: 0,
      maintenance: null,
      cpuModels: expect.arrayContaining(['Nehalem']),
      allocated: { cpu: '0', memory: '0' },
    });
    expect(items[0].free).toMatchObject({ memory: items[0].allocatable.memory });
    const { clusterNode, nodes } = await virtgate.graphql(
      '{ nodes(first: 2) { totalCount nodes { name } } clusterNode(name: "node01") { id uid name state free { cpu memory } } }',
    );
    expect(nodes).toEqual({ totalCount: 3, nodes: [{ name: 'node01' }, { name: 'node02' }] });
    expect(clusterNode).toMatchObject({ uid: items[0].id, state: 'Ready', free: { cpu: items[0].free.cpu } });
    const { node } = await virtgate.graphql(`{ node(id: "${clusterNode.id}") { __typename id } }`);
    expect(node).toEqual({ __typename: 'ClusterNode', id: clusterNode.id });
    expect(await virtgate.rest('GET', '/nodes/node99')).toMatchObject({
      status: 404,
      body: { code: 'node.not_found' },
    });
  });

  it('are cordoned and uncordoned', async () => {
    const cordoned = await virtgate.settled(await accepted('/nodes/node03/cordon'));
    expect(cordoned).toMatchObject({
      kind: 'node.cordon',
      state: 'SUCCEEDED',
      target: { type: 'node', project: null, name: 'node03' },
    });
    expect(await get('/nodes/node03')).toMatchObject({ schedulable: false });
    const { uncordonNode } = await virtgate.graphql(
      'mutation { uncordonNode(input: { name: "node03" }) { operation { id kind target { project } } } }',
    );
    expect(uncordonNode.operation).toMatchObject({ kind: 'node.uncordon', target: { project: null } });
    await until('node03 takes machines again', async () => (await get('/nodes/node03')).schedulable);
    const { items } = await get('/operations?target=node/node03');
    expect(items.map(({ kind }: Json) => kind)).toEqual(['node.uncordon', 'node.cordon']);
    expect(await virtgate.rest('POST', '/nodes/node03/fence', {})).toMatchObject({
      status: 409,
      body: { code: 'node.not_lost' },
    });
  });

  it('are drained of twenty machines within the limits, whatever is killed, of a tenant without any quota left', async () => {
    for (const node of ['node02', 'node03']) await virtgate.settled(await accepted(`/nodes/${node}/cordon`));
    await Promise.all(FLEET.map(create));
    await until(
      'the fleet runs',
      async () => (await machines()).filter(({ state }) => state === 'Running').length === FLEET.length,
      120_000,
    );
    for (const node of ['node02', 'node03'])
      await virtgate.settled(await accepted(`/nodes/${node}/uncordon`));
    const { resources } = await get('/projects/demo/quota');
    const limits = Object.fromEntries(
      ['vms', 'runningVms', 'vcpus', 'memory'].map((meter) => [meter, resources[meter].used]),
    );
    expect(await virtgate.rest('PUT', '/projects/demo/quota', { limits })).toMatchObject({ status: 200 });

    const before = await byName();
    expect(new Set([...before.values()].map(({ node }) => node))).toEqual(new Set(['node01']));
    expect((await get('/nodes/node01/vms?limit=5')).total).toBe(FLEET.length);
    const report = await get('/nodes/node01/drain-report');
    expect(report.summary).toEqual({ migrates: 13, restarts: 4, stops: 1, blocks: 2 });
    const dry = await virtgate.rest('POST', '/nodes/node01/drain?dryRun=true', {});
    expect(dry).toMatchObject({ status: 200, body: { summary: report.summary } });

    const instances = new Map<string, string>();
    const under = '/apis/kubevirt.io/v1/virtualmachineinstances';
    for (const { metadata } of (await admin.call('GET', under)).items)
      instances.set(metadata.name, metadata.uid);

    const operation = await accepted('/nodes/node01/drain', { reason: 'new memory' });
    expect(operation.warnings).toHaveLength(2);
    let most = 0;
    let killed = false;
    let last: Json = operation;
    await until(
      'the drain settles',
      async () => {
        const { items } = await admin.call('GET', MIGRATIONS);
        const phases = items.map(({ status }: Json) => status?.phase ?? 'Pending');
        most = Math.max(
          most,
          phases.filter((phase: string) => !['Succeeded', 'Failed'].includes(phase)).length,
        );
        if (!killed && phases.includes('Succeeded')) {
          killed = true;
          await virtgate.killAndAwaitRestart('worker');
        }
        const answer = await virtgate.rest('GET', `/operations/${operation.id}`).catch(() => null);
        if (answer?.status === 200) last = answer.body;
        return last.state === 'FAILED' || last.state === 'SUCCEEDED';
      },
      120_000,
      () => JSON.stringify(last),
    );
    expect(killed).toBe(true);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
    expect(last).toMatchObject({
      state: 'FAILED',
      error: { code: 'node.drain_blocked', message: expect.stringContaining('demo/stuck-1') },
      result: {
        remaining: [
          { name: 'demo/stuck-1', action: 'blocks' },
          { name: 'demo/stuck-2', action: 'blocks' },
        ],
        stopped: ['demo/manual-1'],
      },
    });
    expect(last.result.moved).toHaveLength(13);
    expect(last.result.restarted).toEqual(names('plain', 4).map(() => starting('plain')));
    await until('what was shut down is up again', async () => {
      const now = await byName();
      return names('plain', 4).every((name) => now.get(name)?.state === 'Running');
    });
    const after = await byName();
    const seen = (await admin.call('GET', under)).items;
    for (const { name } of FLEET) {
      // Off, with what it ran as last.
      if (name.startsWith('manual')) {
        expect(after.get(name)?.state).toBe('Stopped');
        continue;
      }
      expect([name, after.get(name)?.state]).toEqual([name, 'Running']);
      expect([name, after.get(name)?.node === 'node01']).toEqual([name, name.startsWith('stuck')]);
      const uid = seen.find(({ metadata }: Json) => metadata.name === name)?.metadata.uid;
      expect([name, uid === instances.get(name)]).toEqual([name, !name.startsWith('plain')]);
    }
    await until('those that moved say why', async () => {
      const now = [...(await byName()).values()].filter(({ name }) => /^(moves|would)/.test(name));
      return now.every(({ lastMove }) => lastMove?.cause === 'drain' && lastMove.from === 'node01');
    });
    // Nothing evicts any more, and nothing new comes.
    expect(await get('/nodes/node01')).toMatchObject({ schedulable: false, maintenance: null });
  }, 240_000);

  it('stop being drained when told so; are emptied by evictions where the cluster knows no maintenance', async () => {
    const total = (await get('/nodes/node03/vms')).total;
    const cancelled = await accepted('/nodes/node03/drain');
    await until('the first has left', async () => (await get('/nodes/node03/vms')).total < total);
    await accepted(`/operations/${cancelled.id}/cancel`);
    expect(await virtgate.settled(cancelled)).toMatchObject({
      state: 'CANCELLED',
      error: { code: 'operation.cancelled', message: expect.stringContaining('which stays cordoned') },
    });
    expect(await get('/nodes/node03')).toMatchObject({ schedulable: false, maintenance: null });
    const resource = 'nodemaintenances.nodemaintenance.medik8s.io';
    await admin.call('POST', '/sandbox/faults', { rules: [{ resource, verb: 'create', code: 404 }] });
    const { operation } = (
      await virtgate.graphql(
        'mutation { drainNode(input: { name: "node03" }) { operation { id kind } report { summary { blocks } } } }',
      )
    ).drainNode;
    expect(await virtgate.settled(operation)).toMatchObject({
      state: 'SUCCEEDED',
      result: { remaining: [] },
    });
    await admin.call('DELETE', '/sandbox/faults');
    expect(await get('/nodes/node03')).toMatchObject({ virtualMachines: 0, maintenance: null });
    expect(await virtgate.settled(await accepted('/nodes/node03/uncordon'))).toMatchObject({
      state: 'SUCCEEDED',
    });
  }, 120_000);

  it('are lost, and fenced in two steps', async () => {
    const { items } = await get('/nodes/node02/vms?limit=100');
    expect(items.length).toBeGreaterThan(0);
    await admin.call('POST', '/sandbox/faults', { stopNodes: ['node02'], lostAfterSeconds: 0.5 });
    await until('node02 is lost', async () => (await get('/nodes/node02')).state === 'Lost');
    const victim = `/projects/demo/vms/${items[0].name}`;
    await until('its machines say so', async () => (await get(victim)).state === 'NodeLost');
    expect(await virtgate.rest('POST', '/nodes/node02/drain', {})).toMatchObject({
      status: 409,
      body: { code: 'node.lost' },
    });
    const plan = await virtgate.rest('POST', '/nodes/node02/fence', {});
    expect(plan).toMatchObject({ status: 200, body: { node: 'node02', warning: expect.any(String) } });
    expect(plan.body.machines.map(({ name }: Json) => name)).toEqual(items.map(({ name }: Json) => name));
    expect(
      await virtgate.rest('POST', '/nodes/node02/fence', { confirmation: '0123456789abcdef' }),
    ).toMatchObject({ status: 409, body: { code: 'node.fence_stale' } });
    const { confirmation } = plan.body;
    const fenced = await virtgate.settled(await accepted('/nodes/node02/fence', { confirmation }));
    expect(fenced).toMatchObject({ state: 'SUCCEEDED', result: { waiting: [] } });
    expect(fenced.result.restarted).toEqual(items.map(({ name }: Json) => `demo/${name}`));
    await until('they run elsewhere', async () => {
      const now = await byName();
      return items.every(
        ({ name }: Json) => now.get(name)?.state === 'Running' && now.get(name)?.node === 'node03',
      );
    });
    await admin.call('POST', '/sandbox/faults', { startNodes: ['node02'] });
    await until('node02 is back', async () => (await get('/nodes/node02')).state === 'Ready');
    expect(await virtgate.settled(await accepted('/nodes/node02/uncordon'))).toMatchObject({
      state: 'SUCCEEDED',
    });
    expect((await get('/nodes/node02')).taints).toEqual([]);
  }, 120_000);
});
