import type { ObservedRestore } from '../../snapshots/observed-restores.contract.js';
import { instance, machine, NOW, operation } from '../../snapshots/sample-operations.spec-support.js';
import type { SnapshotFacts } from '../../snapshots/snapshots.contract.js';
import { strategyAfter } from '../domain/restore-input.js';
import { RESTORE_KIND, RESTORE_TO_NEW_KIND } from '../operation-kinds.js';
import { nextOfRestoring, type RestoringObserved } from './restoring.js';
import { nextOfRestoringToNew, type RestoringToNewObserved } from './restoring-to-new.js';

const restore = (more: Partial<ObservedRestore> = {}): ObservedRestore => ({
  namespace: 'vg-demo-1',
  name: 'restore-1',
  uid: 'r-1',
  resourceVersion: '1',
  target: 'web',
  snapshot: 's1',
  operationId: 'op-1',
  complete: false,
  deleting: false,
  error: null,
  progress: 'Creating new PVCs',
  ...more,
});
const safety = (more: Partial<SnapshotFacts>) =>
  ({ state: 'InProgress', ready: false, ...more }) as SnapshotFacts;
type Progress = NonNullable<Parameters<typeof operation>[2]>;
const input = {
  snapshot: 's1',
  uid: 'vm-1',
  ran: true,
  runStrategy: 'Always',
  safetySnapshot: false,
  force: false,
};
const asked = (...steps: string[]): Progress => ({
  asked: Object.fromEntries(steps.map((step) => [step, {}])),
});
const failing = (code: string) => ({
  do: 'act',
  step: 'clean-up',
  message: expect.stringContaining(code) as never,
});

describe('vm.restore', () => {
  it.each<[string, object, Progress, Partial<RestoringObserved>, object]>([
    ['waits for the stop', {}, asked('stop'), { instance: instance() }, { do: 'wait', step: 'stop' }],
    ['fails where the stop is refused', {}, { asked: { stop: 'auth.forbidden' } }, {}, { do: 'fail' }],
    [
      'gives up a guest that does not stop',
      {},
      { ...asked('stop'), askedAgo: 601 },
      { instance: instance() },
      failing('restore.stop_timeout'),
    ],
    ['restores once it is off', {}, asked('stop'), {}, { do: 'act', step: 'restore' }],
    [
      'secures it first if asked',
      { safetySnapshot: true },
      asked('stop'),
      {},
      { do: 'act', step: 'safety-snapshot' },
    ],
    [
      'waits for the safety snapshot',
      { safetySnapshot: true },
      asked('stop', 'safety-snapshot'),
      { safety: safety({}) },
      { do: 'wait', step: 'safety-snapshot' },
    ],
    [
      'restores nothing without it',
      { safetySnapshot: true },
      asked('stop', 'safety-snapshot'),
      { safety: safety({ state: 'Failed' }) },
      failing('restore.failed'),
    ],
    [
      'goes on with it',
      { safetySnapshot: true },
      asked('stop', 'safety-snapshot'),
      { safety: safety({ state: 'Succeeded', ready: true }) },
      { do: 'act', step: 'restore' },
    ],
    [
      'follows the restore',
      {},
      asked('stop', 'restore'),
      { restore: restore() },
      { do: 'wait', message: 'Creating new PVCs' },
    ],
    [
      'gives up what KubeVirt gave up',
      {},
      asked('stop', 'restore'),
      { restore: restore({ error: 'gone' }) },
      failing('restore.failed: gone'),
    ],
    [
      'waits for the lock to be let go',
      {},
      asked('stop', 'restore'),
      { restore: restore({ complete: true }), machine: machine({ restoreInProgress: 'restore-1' }) },
      { do: 'wait', step: 'restore' },
    ],
    [
      'starts it',
      {},
      asked('stop', 'restore'),
      { restore: restore({ complete: true }) },
      { do: 'act', step: 'start' },
    ],
    ['waits until it runs', {}, asked('stop', 'restore', 'start'), {}, { do: 'wait', step: 'start' }],
    [
      'is done when it runs',
      {},
      asked('stop', 'restore', 'start'),
      { instance: instance() },
      { do: 'succeed' },
    ],
    ['leaves off what was off', { ran: false }, asked('stop', 'restore', 'start'), {}, { do: 'succeed' }],
    ['notices that the machine went', {}, asked('stop'), { machine: undefined }, failing('restore.vanished')],
    [
      'waits until its restore is gone when cleaning up',
      {},
      { asked: { stop: {}, restore: {}, 'clean-up': {} }, messages: { 'clean-up': 'restore.failed: gone' } },
      { restore: restore() },
      { do: 'wait', step: 'clean-up' },
    ],
  ])('%s', (_name, more, progress, observed, expected) => {
    const began = operation(RESTORE_KIND.steps, { ...input, ...more }, progress);
    const seen = {
      machine: machine(),
      instance: undefined,
      restore: undefined,
      safety: undefined,
      ...observed,
    };
    expect(nextOfRestoring(began, seen, NOW)).toMatchObject(expected);
  });

  it('can be cancelled before the disks are touched, and not after', () => {
    const seen = { machine: machine(), instance: undefined, restore: restore(), safety: undefined };
    const cancelled = (progress: Progress) =>
      nextOfRestoring(operation(RESTORE_KIND.steps, input, progress, { cancelRequested: true }), seen, NOW);
    expect(cancelled(asked('stop'))).toMatchObject({ do: 'act', step: 'clean-up', message: 'cancelled' });
    expect(cancelled(asked('stop', 'restore'))).toMatchObject({ do: 'wait', step: 'restore' });
  });

  it.each([
    [true, 'Always', 'Always'],
    [true, 'RerunOnFailure', 'RerunOnFailure'],
    [true, 'Manual', 'Manual'],
    [true, 'Halted', 'Always'],
    [false, 'Halted', 'Halted'],
    [false, 'RerunOnFailure', 'Halted'],
    [false, 'Manual', 'Manual'],
  ])('ran %s under %s goes on under %s', (ran, runStrategy, expected) => {
    expect(strategyAfter({ ran, runStrategy })).toBe(expected);
  });
});

describe('vm.restore-to-new', () => {
  const newInput = { snapshot: 's1', newName: 'web', start: true, freshMacs: true, hostname: 'web' };
  it.each<[string, object, Progress, Partial<RestoringToNewObserved>, object]>([
    ['fails as it was refused', {}, { asked: { restore: 'restore.name_taken' } }, {}, { do: 'fail' }],
    ['follows the restore', {}, asked('restore'), { restore: restore() }, { do: 'wait', step: 'restore' }],
    [
      'makes it its own before it starts',
      {},
      asked('restore'),
      { restore: restore({ complete: true }) },
      { do: 'act', step: 'personalise' },
    ],
    [
      'never starts one that is not its own',
      {},
      { asked: { restore: {}, personalise: 'cluster.refused' } },
      {},
      failing('cluster.refused'),
    ],
    ['starts it if asked', {}, asked('restore', 'personalise'), {}, { do: 'act', step: 'start' }],
    ['does not if not', { start: false }, asked('restore', 'personalise'), {}, { do: 'succeed' }],
    [
      'is done when it runs',
      {},
      asked('restore', 'personalise', 'start'),
      { instance: instance() },
      { do: 'succeed' },
    ],
    [
      'says what got lost',
      { start: false },
      { asked: { restore: {}, personalise: { lostSecrets: 'web-cloudinit-1' } } },
      {},
      {
        do: 'succeed',
        result: expect.objectContaining({ warnings: [expect.stringContaining('web-cloudinit-1')] }) as never,
      },
    ],
  ])('%s', (_name, more, progress, observed, expected) => {
    const began = operation(RESTORE_TO_NEW_KIND.steps, { ...newInput, ...more }, progress);
    const seen = { machine: machine(), instance: undefined, restore: undefined, ...observed };
    expect(nextOfRestoringToNew(began, seen, NOW)).toMatchObject(expected);
  });
});
