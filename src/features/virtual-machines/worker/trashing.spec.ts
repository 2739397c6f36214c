import { ago, instance, machine, NOW, operation } from './sample-observations.spec-support.js';
import { nextOfTrashing, nextOfUndeletion, type TrashObserved } from './trashing.js';

const trash = {
  deletedAt: ago(10).toISOString(),
  purgeAt: ago(-600).toISOString(),
  deletedBy: null,
  runStrategy: 'Always',
  keepDisks: [],
  snapshots: [],
};
const trashed = { ...machine({ runStrategy: 'Halted', state: 'Stopping' }), trash };
const observed = (more: Partial<TrashObserved>): TrashObserved => ({
  machine: undefined,
  trashed: undefined,
  instance: undefined,
  ...more,
});

describe('the way into the trash', () => {
  const STEPS = ['trash', 'stop'];
  const next = (asked: Parameters<typeof operation>[1], seen: Partial<TrashObserved>) =>
    nextOfTrashing(operation(STEPS, asked), observed(seen), NOW);
  const done = { asked: { trash: {} } };

  it.each([
    ['waits for its answer', {}, { machine: machine() }, { do: 'wait', step: 'trash' }],
    ['waits until the mark is seen', done, { machine: machine() }, { do: 'wait', step: 'stop' }],
    [
      'waits until it has stopped',
      done,
      { trashed, instance: instance() },
      { do: 'wait', message: 'Stopping' },
    ],
    ['is done then', done, { trashed }, { do: 'succeed', result: { trash: true, purgeAt: trash.purgeAt } }],
  ] as const)('%s', (_what, asked, seen, decision) => {
    expect(next(asked, seen)).toMatchObject(decision);
  });

  it.each([
    ['refused', { asked: { trash: 'vm.delete_protected' } }, { machine: machine() }, 'vm.delete_protected'],
    ['gone', { ...done, askedAgo: 61 }, {}, 'vm.vanished'],
    ['not marked', { ...done, askedAgo: 61 }, { machine: machine() }, 'trash.refused'],
    ['not stopped', { ...done, askedAgo: 901 }, { trashed, instance: instance() }, 'vm.stop_timeout'],
  ] as const)('fails where it is %s', (_what, asked, seen, code) => {
    expect(next(asked, seen)).toMatchObject({ do: 'fail', error: { code } });
  });
});

describe('the way back', () => {
  const next = (asked: Parameters<typeof operation>[1], seen: Partial<TrashObserved>) =>
    nextOfUndeletion(operation(['undelete'], asked), observed(seen), NOW);
  const done = { asked: { undelete: {} } };

  it.each([
    ['waits for its answer', {}, { trashed }, { do: 'wait' }],
    ['waits until it is seen', done, { trashed }, { do: 'wait' }],
    ['is done then', done, { machine: machine() }, { do: 'succeed', result: { runStrategy: 'Always' } }],
  ] as const)('%s', (_what, asked, seen, decision) => {
    expect(next(asked, seen)).toMatchObject(decision);
  });

  it.each([
    ['refused', { asked: { undelete: 'trash.purging' } }, { trashed }, 'trash.purging'],
    ['gone', { ...done, askedAgo: 61 }, {}, 'vm.vanished'],
    ['still marked', { ...done, askedAgo: 61 }, { trashed }, 'trash.refused'],
  ] as const)('fails where it is %s', (_what, asked, seen, code) => {
    expect(next(asked, seen)).toMatchObject({ do: 'fail', error: { code } });
  });
});
