import { type DrainFacts, drainReport } from './drain-report.js';
import type { Amounts, ObservedInstance, ObservedMigration, ObservedNode } from './observed.js';

const GI = 2n ** 30n;
const amounts = (memory: bigint): Amounts => ({ cpuMilli: 8000n, memoryBytes: memory * GI, pods: 100n });

const node = (name: string, more: Partial<ObservedNode> = {}): ObservedNode => ({
  namespace: '',
  name,
  uid: name,
  resourceVersion: '1',
  createdAt: '2026-01-01T00:00:00Z',
  ready: 'True',
  unschedulable: false,
  taints: [],
  conditions: [],
  capacity: amounts(64n),
  allocatable: amounts(64n),
  cpuModels: [],
  cpuFeatures: [],
  kvm: false,
  roles: [],
  labels: {},
  system: { architecture: null, os: null, kernel: null, kubelet: null },
  ...more,
});

const instance = (name: string, more: Partial<ObservedInstance> = {}): ObservedInstance => ({
  namespace: 'shop',
  name,
  uid: name,
  resourceVersion: '1',
  node: 'a',
  phase: 'Running',
  deleting: false,
  migratable: { value: true, reason: null },
  evictionStrategy: 'LiveMigrate',
  leaving: null,
  nodeSelector: {},
  ...more,
});

const facts = (instances: ObservedInstance[], more: Partial<DrainFacts> = {}): DrainFacts => ({
  node: node('a'),
  instances,
  machine: ({ namespace, name }) => ({
    namespace,
    name,
    uid: name,
    resourceVersion: '1',
    runStrategy: name.startsWith('manual') ? 'Manual' : 'Always',
  }),
  migrations: () => [],
  takes: () => ({ cpuMilli: 100n, memoryBytes: 2n * GI, pods: 1n }),
  projectOf: (namespace) => namespace,
  others: [{ node: node('b'), free: amounts(32n) }],
  kubevirt: {
    evictionStrategy: 'None',
    parallelMigrationsPerCluster: 5,
    parallelOutboundMigrationsPerNode: 2,
  },
  since: null,
  ...more,
});

const told = (of: DrainFacts) => drainReport(of).machines.map(({ action, reason }) => [action, reason]);

const stuck = { migratable: { value: false, reason: 'the disk is not shared' } };
const failed = (count: number): ObservedMigration[] =>
  Array.from({ length: count }, (_, index) => ({
    namespace: 'shop',
    name: `m${index}`,
    uid: `m${index}`,
    resourceVersion: '1',
    instance: 'x',
    phase: 'Failed',
    createdAt: '2026-01-02T00:00:00Z',
    evacuates: 'a',
  }));

describe('the report of a drain', () => {
  it.each<[string, ObservedInstance, string, string | null]>([
    ['migrates', instance('x'), 'migrates', null],
    [
      'has to and cannot',
      instance('x', stuck),
      'blocks',
      'It has to migrate and cannot: the disk is not shared',
    ],
    [
      'would rather, and cannot',
      instance('x', { ...stuck, evictionStrategy: 'LiveMigrateIfPossible' }),
      'restarts',
      'It cannot migrate: the disk is not shared',
    ],
    [
      'is moved by somebody else',
      instance('x', { evictionStrategy: 'External' }),
      'blocks',
      'Its eviction strategy is External: somebody else has to move it.',
    ],
    ['follows the cluster', instance('x', { evictionStrategy: null }), 'restarts', null],
    [
      'stays off',
      instance('manual', { evictionStrategy: 'None' }),
      'stops',
      'Its run strategy is Manual: it stays off.',
    ],
  ])('tells of one that %s', (_what, one, action, reason) => {
    expect(told(facts([one]))).toEqual([[action, reason]]);
  });

  it('gives room once, and only on nodes that take new pods', () => {
    const two = [instance('x'), instance('y')];
    const tight = { others: [{ node: node('b'), free: amounts(3n) }] };
    expect(told(facts(two, tight))).toEqual([
      ['migrates', null],
      ['blocks', 'No other node has room for it.'],
    ]);
    for (const closed of [
      node('b', { unschedulable: true }),
      node('b', { ready: 'Unknown' }),
      node('b', { taints: [{ key: 'k', value: null, effect: 'NoSchedule' }] }),
    ]) {
      const others = [{ node: closed, free: amounts(32n) }];
      expect(drainReport(facts(two, { others })).summary).toMatchObject({ blocks: 2 });
    }
    const picky = instance('x', { nodeSelector: { rack: '7' } });
    expect(drainReport(facts([picky])).summary.blocks).toBe(1);
  });

  it('gives up on a machine whose migrations fail, and counts only those of this drain', () => {
    const report = (count: number, since: string | null) =>
      drainReport(facts([instance('x')], { migrations: () => failed(count), since })).machines[0];
    expect(report(2, null)).toMatchObject({ action: 'migrates', failedMigrations: 2 });
    expect(report(3, null)).toMatchObject({ action: 'blocks', reason: '3 migrations of it have failed.' });
    expect(report(3, '2026-01-03T00:00:00Z')).toMatchObject({ action: 'migrates', failedMigrations: 0 });
  });
});
