import { instance, migration, node } from '../sample-observations.spec-support.js';
import { refusalOf, type Situation } from './refusal.js';

const situation = (more: Partial<Situation> = {}): Situation => ({
  instance: instance(),
  migrations: [migration({ state: 'Succeeded' })],
  nodes: [node('node-1'), node('node-2')],
  targetNode: null,
  ...more,
});

it.each<[string, Partial<Situation>, string | null, RegExp?]>([
  ['runs and has a second node', {}, null],
  ['runs not', { instance: undefined }, 'migration.not_running'],
  ['is starting', { instance: instance({ running: false }) }, 'migration.not_running'],
  ['is moving', { migrations: [migration()] }, 'migration.in_progress', /migration-op-1/],
  ['is to move next', { migrations: [migration({ state: 'Pending' })] }, 'migration.in_progress'],
  [
    'has a disk of one node',
    {
      instance: instance({
        migratable: { value: false, reason: 'DisksNotLiveMigratable', message: 'PVC web-root is not shared' },
      }),
    },
    'migration.not_possible',
    /one node at a time only \(PVC web-root is not shared\)/,
  ],
  [
    'cannot move for a reason that is new',
    { instance: instance({ migratable: { value: false, reason: 'SomethingNew', message: null } }) },
    'migration.not_possible',
    /SomethingNew/,
  ],
  ['has not been looked at by KubeVirt', { instance: instance({ migratable: null }) }, null],
  ['has but one node', { nodes: [node('node-1')] }, 'migration.no_node', /there is only one node/],
  [
    'has only a cordoned one besides',
    { nodes: [node('node-1'), node('node-2', { schedulable: false })] },
    'migration.no_node',
  ],
  [
    'has only a lost one besides',
    { nodes: [node('node-1'), node('node-2', { ready: false })] },
    'migration.no_node',
  ],
  [
    'wants a label that the other has not',
    { instance: instance({ nodeSelector: { zone: 'a' } }) },
    'migration.no_node',
  ],
  ['is to go to a node that fits', { targetNode: 'node-2' }, null],
  ['is to go where it is', { targetNode: 'node-1' }, 'migration.node_unfit', /runs on it/],
  ['is to go nowhere', { targetNode: 'node-9' }, 'migration.node_unfit', /no such node/],
  [
    'is to go to a node without KubeVirt',
    { targetNode: 'node-2', nodes: [node('node-1'), node('node-2', { labels: {} })] },
    'migration.node_unfit',
    /does not run machines/,
  ],
])('a machine that %s', (_what, more, code, message = /./) => {
  const refusal = refusalOf(situation(more));
  expect(refusal?.code ?? null).toBe(code);
  if (refusal) expect(refusal.message).toMatch(message);
});
