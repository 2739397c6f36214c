import type { Decision } from '../../operations/operations.contract.js';
import type { ObservedInstance, ObservedMigration, ObservedTransfer } from '../domain/observed.js';
import {
  instance,
  migration,
  NOW,
  operation,
  type Progressing,
  transfer,
} from '../sample-observations.spec-support.js';
import { type MigratingObserved, nextOfMigrating } from './migrating.js';

const seen = (
  of: Partial<ObservedMigration> | null,
  vmi: Partial<ObservedInstance> | null = {},
  reason: string | null = null,
): MigratingObserved => ({
  migration: of === null ? undefined : migration(of),
  instance: vmi === null ? undefined : instance(vmi),
  reason,
});
const moving = (more: Partial<ObservedTransfer> = {}) => ({ transfer: transfer(more) });
const decide = (progress: Progressing, observed: MigratingObserved): Decision =>
  nextOfMigrating(operation(progress), observed, NOW);

const done = { completed: true, endedAt: '2030-01-01T11:59:50Z' };
const aborting = (
  why: string,
  answer: Record<string, string> | string | null,
  askedAgo = 1,
): Progressing => ({
  asked: { scheduling: { uid: 'vmim-1' }, aborting: answer },
  messages: { aborting: why },
  askedAgo,
});
const failing = (code: string) => ({ do: 'fail', error: expect.objectContaining({ code }) });

describe('vm.migrate', () => {
  it.each<[string, Progressing, MigratingObserved, object]>([
    [
      'waits for its first ask',
      { asked: { scheduling: null } },
      seen(null),
      { do: 'wait', step: 'scheduling' },
    ],
    [
      'fails as it was refused',
      { asked: { scheduling: 'migration.not_possible' } },
      seen(null),
      failing('migration.not_possible'),
    ],
    [
      'takes back what an exhausted ask may have made',
      { asked: { scheduling: 'operation.exhausted' } },
      seen(null),
      { do: 'act', step: 'aborting', message: 'operation.exhausted: It says no.', leaving: 'FAILED' },
    ],
    [
      'takes back what a cancelled ask may have made before',
      { asked: { scheduling: 'operation.cancelled' }, cancelRequested: true },
      seen(null),
      { do: 'act', step: 'aborting', message: 'cancelled', leaving: 'SKIPPED' },
    ],
    ['waits until it is seen', {}, seen(null), { do: 'wait', step: 'scheduling' }],
    ['is vanished once it is not seen for long', { askedAgo: 61 }, seen(null), failing('migration.vanished')],
    ['ends with its machine', { askedAgo: 61 }, seen(null, null), failing('migration.vm_stopped')],
    [
      'has succeeded though its object is gone',
      {},
      seen(null, { node: 'node-2', ...moving(done) }),
      { do: 'succeed', result: expect.objectContaining({ node: 'node-2', sourceNode: 'node-1' }) },
    ],
    [
      'was cancelled by someone else: the object is gone and the instance says that the transfer ended',
      {},
      seen(null, moving({ failed: true, abortStatus: 'Succeeded', endedAt: done.endedAt })),
      failing('migration.vanished'),
    ],
    [
      'says what holds it',
      {},
      seen({ state: 'Pending', held: 'exceeded quota: other' }),
      { do: 'wait', step: 'scheduling', message: 'exceeded quota: other' },
    ],
    [
      'does not wait for a quota for ever, and leaves nothing behind',
      { askedAgo: 601 },
      seen({ state: 'Pending', held: 'exceeded quota: other' }),
      { do: 'act', step: 'aborting', message: 'migration.quota: exceeded quota: other', leaving: 'FAILED' },
    ],
    [
      'waits for its turn',
      { askedAgo: 3600 },
      seen({ state: 'Pending' }),
      { do: 'wait', step: 'scheduling' },
    ],
    ['is scheduled', {}, seen({ state: 'Scheduling' }), { do: 'wait', step: 'scheduling', progress: 5 }],
    ['prepares', {}, seen({ state: 'PreparingTarget' }), { do: 'wait', step: 'preparing', progress: 10 }],
    [
      'tells mode and bytes',
      {},
      seen(
        {
          progress: { total: 4 * 2 ** 30, transferred: 3 * 2 ** 30, remaining: 2 ** 30, downtimeMs: null },
        },
        moving({ mode: 'PostCopy' }),
      ),
      { do: 'wait', step: 'transferring', progress: 70, message: 'PostCopy, 3Gi transferred, 1Gi remaining' },
    ],
    [
      'knows no share where the cluster tells no bytes',
      {},
      seen({}, moving()),
      { do: 'wait', step: 'transferring', progress: 10, message: 'PreCopy' },
    ],
    [
      'switches once the transfer is complete',
      {},
      seen({}, moving(done)),
      { do: 'wait', step: 'switching', progress: 95 },
    ],
    [
      'has not succeeded before the machine says so',
      {},
      seen({ state: 'Succeeded' }, { node: 'node-1', ...moving(done) }),
      { do: 'wait', step: 'switching' },
    ],
    [
      'has succeeded when the machine says so',
      {},
      seen({ state: 'Succeeded' }, { node: 'node-2', ...moving(done) }),
      { do: 'succeed', result: expect.objectContaining({ node: 'node-2', mode: 'PreCopy' }) },
    ],
    [
      'has succeeded though the machine was stopped at once',
      {},
      seen({ state: 'Succeeded', transfer: transfer(done) }, null),
      { do: 'succeed' },
    ],
    [
      'a cancel aborts it',
      { cancelRequested: true },
      seen({}),
      { do: 'act', step: 'aborting', message: 'cancelled', leaving: 'SKIPPED' },
    ],
    [
      'a cancel of one that has succeeded is too late',
      { cancelRequested: true },
      seen({ state: 'Succeeded' }, { node: 'node-2', ...moving(done) }),
      { do: 'succeed' },
    ],
    [
      'has failed for a reason of the cluster',
      {},
      seen({ state: 'Failed' }, moving({ failed: true }), 'the target ran out of memory'),
      {
        do: 'fail',
        error: expect.objectContaining({
          code: 'migration.failed',
          message: 'The migration failed: the target ran out of memory',
        }),
      },
    ],
    [
      'has stood still for too long',
      {},
      seen({ state: 'Failed' }, {}, 'Live migration stuck for 151 seconds and has been aborted'),
      failing('migration.timeout'),
    ],
    [
      'has taken too long',
      {},
      seen({ state: 'Failed' }, {}, 'Live migration is not completed after 150 seconds and has been aborted'),
      failing('migration.timeout'),
    ],
    [
      'has found no node',
      {},
      seen({ state: 'Failed' }, {}, 'unschedulable pod vg-demo-1/virt-launcher-web timeout period exceeded'),
      failing('migration.no_node'),
    ],
    [
      'has lost its guest on the way',
      {},
      seen({ state: 'Failed' }, { alive: false }, 'whatever'),
      failing('migration.vm_stopped'),
    ],
  ])('%s', (_what, progress, observed, expected) => {
    expect(decide(progress, observed)).toEqual(expect.objectContaining(expected));
  });

  describe('that is aborted', () => {
    it.each<[string, Progressing, MigratingObserved, object]>([
      ['waits for the ask', aborting('cancelled', null), seen({}), { do: 'wait', step: 'aborting' }],
      [
        'waits until the cluster has done it',
        aborting('cancelled', { uid: 'vmim-1' }),
        seen({ deleting: true }, moving({ abortRequested: true, abortStatus: 'Aborting' })),
        { do: 'wait', step: 'aborting', message: 'cancelled' },
      ],
      [
        'waits for the word of the instance where the object is gone already',
        aborting('cancelled', { uid: 'vmim-1' }),
        seen(null, moving({ abortRequested: true })),
        { do: 'wait', step: 'aborting' },
      ],
      [
        'is cancelled only then',
        aborting('cancelled', { uid: 'vmim-1' }),
        seen(null, moving({ failed: true, abortStatus: 'Succeeded' })),
        { do: 'cancelled' },
      ],
      [
        'is cancelled while its object still says Failed',
        aborting('cancelled', { uid: 'vmim-1' }),
        seen({ state: 'Failed', deleting: true }, moving({ failed: true })),
        { do: 'cancelled' },
      ],
      ['is cancelled before it began', aborting('cancelled', {}), seen(null), { do: 'cancelled' }],
      [
        'was too late, as its object says',
        aborting('cancelled', { uid: 'vmim-1' }),
        seen({ state: 'Succeeded', deleting: true }, { node: 'node-2', ...moving(done) }),
        { do: 'succeed' },
      ],
      [
        'was too late, as the instance says after the object is gone',
        aborting('cancelled', { uid: 'vmim-1' }),
        seen(null, { node: 'node-2', ...moving(done) }),
        { do: 'succeed' },
      ],
      [
        'is asked again however often the cluster was away',
        aborting('cancelled', 'operation.exhausted'),
        seen({}),
        { do: 'act', step: 'aborting' },
      ],
      [
        'tells why it was given up',
        aborting('migration.quota: exceeded quota: other', { uid: 'vmim-1' }),
        seen(null),
        {
          do: 'fail',
          error: expect.objectContaining({ code: 'migration.quota', message: 'exceeded quota: other' }),
        },
      ],
    ])('%s', (_what, progress, observed, expected) => {
      expect(decide(progress, observed)).toEqual(expect.objectContaining(expected));
    });
  });
});
