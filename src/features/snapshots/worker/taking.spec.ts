import type { Decision } from '../../operations/operations.contract.js';
import type { ObservedSnapshot } from '../domain/observed.js';
import { CREATE_SNAPSHOT_KIND } from '../operation-kinds.js';
import { NOW, operation } from '../sample-operations.spec-support.js';
import { nextOfRemoval } from './remove-snapshot.js';
import { nextOfTaking } from './taking.js';

const { steps } = CREATE_SNAPSHOT_KIND;
const input = { name: 's1', uid: 'vm-1', labels: {}, failureDeadlineSeconds: 300 };
const snapshot = (more: Partial<ObservedSnapshot> = {}): ObservedSnapshot => ({
  namespace: 'vg-demo-1',
  name: 's1',
  uid: 'snap-1',
  resourceVersion: '1',
  virtualMachine: 'web',
  sourceUid: 'vm-1',
  state: 'InProgress',
  ready: false,
  labels: {},
  createdAt: '2030-01-01T11:59:59Z',
  content: null,
  operationId: 'op-1',
  createdBy: null,
  deleting: false,
  indications: [],
  includedVolumes: [],
  excludedVolumes: [],
  failureDeadline: '300s',
  takenAt: null,
  error: null,
  progress: null,
  ...more,
});
type Progress = NonNullable<Parameters<typeof operation>[2]>;
const made: Progress = { asked: { 'create-snapshot': {} } };
const cleaning = (why: string, answer: Record<string, string> | string | null): Progress => ({
  asked: { 'create-snapshot': {}, 'clean-up': answer },
  messages: { 'clean-up': why },
});

describe('snapshot.create', () => {
  it.each<[string, Progress, Partial<Parameters<typeof nextOfTaking>[1]>, Partial<Decision> & object]>([
    [
      'waits for its first ask',
      { asked: { 'create-snapshot': null } },
      {},
      { do: 'wait', step: 'create-snapshot' },
    ],
    ['fails as it was refused', { asked: { 'create-snapshot': 'snapshot.exists' } }, {}, { do: 'fail' }],
    [
      'takes back what an exhausted ask may have made',
      { asked: { 'create-snapshot': 'operation.exhausted' } },
      {},
      { do: 'act', step: 'clean-up' },
    ],
    [
      'takes back what a cancelled ask may have made before',
      { asked: { 'create-snapshot': 'operation.cancelled' } },
      {},
      { do: 'act', step: 'clean-up', message: 'cancelled' },
    ],
    ['waits for the watch', made, {}, { do: 'wait', step: 'take' }],
    ['gives up what never shows', { ...made, askedAgo: 61 }, {}, { do: 'act', step: 'clean-up' }],
    [
      'waits while it is taken',
      made,
      { snapshot: snapshot({ progress: 'Freezing' }) },
      { do: 'wait', message: 'Freezing' },
    ],
    [
      'does not take Succeeded for ready',
      made,
      { snapshot: snapshot({ state: 'Succeeded' }) },
      { do: 'wait', step: 'take' },
    ],
    [
      'says how good it is',
      made,
      {
        snapshot: snapshot({
          state: 'Succeeded',
          ready: true,
          indications: [{ name: 'Online', message: null }],
        }),
      },
      { do: 'succeed', result: expect.objectContaining({ name: 's1', consistency: 'crash' }) as never },
    ],
    [
      'cleans up after a failure, and thaws',
      made,
      { snapshot: snapshot({ state: 'Failed', error: 'no space' }), frozen: true },
      { do: 'act', step: 'clean-up', message: 'snapshot.failed: no space' },
    ],
    [
      'lets KubeVirt have its deadline first',
      { ...made, askedAgo: 350 },
      { snapshot: snapshot() },
      { do: 'wait', step: 'take' },
    ],
    [
      'gives up after it',
      { ...made, askedAgo: 361 },
      { snapshot: snapshot({ progress: 'Freezing' }) },
      {
        do: 'act',
        step: 'clean-up',
        message: 'snapshot.timeout: The snapshot was not taken in time: Freezing',
      },
    ],
    [
      'notices that it is being deleted',
      made,
      { snapshot: snapshot({ deleting: true }) },
      { do: 'act', step: 'clean-up' },
    ],
    [
      'waits until the guest is thawed',
      cleaning('snapshot.failed: no space', {}),
      { frozen: true },
      { do: 'wait', step: 'clean-up' },
    ],
    [
      'then tells why',
      cleaning('snapshot.failed: no space', {}),
      {},
      {
        do: 'fail',
        error: expect.objectContaining({ code: 'snapshot.failed', message: 'no space' }) as never,
      },
    ],
    [
      'cleans up for as long as it takes',
      cleaning('snapshot.failed: no space', 'operation.exhausted'),
      {},
      { do: 'act', step: 'clean-up', message: 'snapshot.failed: no space' },
    ],
    ['ends a cancel as one', cleaning('cancelled', {}), {}, { do: 'cancelled' }],
  ])('%s', (_name, progress, observed, expected) => {
    const decision = nextOfTaking(
      operation(steps, input, progress),
      { snapshot: undefined, frozen: false, ...observed },
      NOW,
    );
    expect(decision).toMatchObject(expected);
  });

  it('can be cancelled until it is taken', () => {
    const cancelled = operation(steps, input, made, { cancelRequested: true });
    const next = (one: ObservedSnapshot) => nextOfTaking(cancelled, { snapshot: one, frozen: false }, NOW);
    expect(next(snapshot())).toMatchObject({ do: 'act', step: 'clean-up', message: 'cancelled' });
    expect(next(snapshot({ state: 'Succeeded', ready: true }))).toMatchObject({ do: 'succeed' });
  });
});

it.each([
  [
    { snapshot: true, content: true },
    { do: 'wait', step: 'wait-gone' },
  ],
  [
    { snapshot: false, content: true },
    { do: 'wait', step: 'wait-gone' },
  ],
  [{ snapshot: false, content: false }, { do: 'succeed' }],
])('snapshot.delete waits for the copies too: %j', (observed, expected) => {
  const deleting = operation(
    ['delete-snapshot', 'wait-gone'],
    { uid: 's' },
    { asked: { 'delete-snapshot': {} } },
  );
  expect(nextOfRemoval(deleting, observed, NOW)).toMatchObject(expected);
});
