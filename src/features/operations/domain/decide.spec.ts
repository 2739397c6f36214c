import fc from 'fast-check';
import type { Decision } from '../operations.contract.js';
import { cancelled, consequenceOf } from './decide.js';
import type { StoredOperation } from './operation.js';
import { toView } from './operation.js';
import { initialSteps } from './steps.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const EARLIER = new Date('2026-01-02T03:00:00Z');
const ask = { at: EARLIER.toISOString(), times: 1, asking: null, afterCancel: false };
const answer = { at: EARLIER.toISOString(), notes: {}, refusal: null };
const refusal = (code: string) => ({ ...answer, refusal: { code, message: `It said ${code}.`, hint: null } });

const operation = (more: Partial<StoredOperation> = {}): StoredOperation => ({
  id: 'o1',
  kind: 'toy.make',
  queue: 'provision',
  state: 'PENDING',
  version: 3,
  project: { id: 'p', name: 'p', tenantId: 't', tenant: 't', namespace: 'n' },
  target: { type: 'toy', name: 'bear' },
  input: {},
  steps: initialSteps(['check', 'make', 'ready', 'clean-up']),
  asked: {},
  queued: { check: ask },
  warnings: [],
  progress: null,
  progressAt: EARLIER,
  cancellable: true,
  cancelRequested: false,
  requestedBy: { type: 'user', id: 'u', name: 'ada', tokenId: null },
  requestId: 'r',
  sourceAddress: null,
  idempotencyId: null,
  error: null,
  result: null,
  nextCheckAt: null,
  createdAt: EARLIER,
  startedAt: null,
  finishedAt: null,
  ...more,
});
const apply = (before: StoredOperation, decision: Decision): StoredOperation => ({
  ...before,
  ...consequenceOf(before, decision, NOW).change,
});
const states = ({ steps }: StoredOperation) => steps.map(({ state }) => state);
const checked = () => apply(operation({ asked: { check: answer } }), { do: 'wait', step: 'check' });

describe('consequences of decisions', () => {
  it('go on to the next step and ask for it', () => {
    const consequence = consequenceOf(checked(), { do: 'act', step: 'make', progress: 10.9 }, NOW);
    expect(consequence.ask).toBe('make');
    const after = { ...checked(), ...consequence.change };
    expect(states(after)).toEqual(['SUCCEEDED', 'RUNNING', 'PENDING', 'PENDING']);
    expect(after).toMatchObject({ state: 'RUNNING', progress: 10, progressAt: NOW });
  });

  it.each([
    ['is outstanding', operation()],
    ['was answered', operation({ asked: { check: answer } })],
    ['was refused', operation({ asked: { check: refusal('vm.exists') } })],
  ])('do not ask for a step that %s', (_why, before) => {
    expect(consequenceOf(before, { do: 'act', step: 'check' }, NOW).ask).toBeNull();
  });

  it('ask again for a step that the queue gave up', () => {
    const before = operation({ asked: { check: refusal('operation.exhausted') } });
    expect(consequenceOf(before, { do: 'act', step: 'check' }, NOW).ask).toBe('check');
  });

  it.each<[string, Decision]>([
    ['another step', { do: 'act', step: 'make' }],
    ['success', { do: 'succeed' }],
    ['failure', { do: 'fail', error: { code: 'x', message: 'x', hint: null } }],
    ['cancelled', { do: 'cancelled' }],
  ])('put off %s while an ask is outstanding, and look again soon', (_what, decision) => {
    expect(consequenceOf(operation(), decision, NOW)).toEqual({
      change: {},
      nextCheckAt: new Date(NOW.getTime() + 1000),
      ask: null,
    });
  });

  it('change nothing when the same wait is decided again', () => {
    const wait: Decision = { do: 'wait', step: 'ready', progress: 40, message: 'Copying', recheckMs: 500 };
    const once = apply(checked(), wait);
    expect(once.steps[2]).toMatchObject({ state: 'RUNNING', message: 'Copying' });
    expect(consequenceOf(once, wait, NOW)).toEqual({
      change: {},
      nextCheckAt: new Date(NOW.getTime() + 500),
      ask: null,
    });
  });

  it('measure a hang from the last progress, not from the last message', () => {
    const wait = (message: string): Decision => ({ do: 'wait', step: 'ready', progress: 40, message });
    const once = { ...apply(checked(), wait('a')), progressAt: EARLIER };
    const twice = apply(once, wait('b'));
    expect(twice.steps[2]!.message).toBe('b');
    expect(twice.progressAt).toBe(EARLIER);
  });

  it('end the step that is left as it was refused, or as the machine says', () => {
    const before = apply(operation({ asked: { check: refusal('import.corrupt') } }), {
      do: 'wait',
      step: 'check',
    });
    const after = apply(before, { do: 'act', step: 'clean-up' });
    expect(after.steps[0]).toMatchObject({ state: 'FAILED', message: 'It said import.corrupt.' });
    const left = apply(checked(), { do: 'act', step: 'clean-up', leaving: 'SKIPPED' });
    expect(left.steps[0]!.state).toBe('SKIPPED');
  });

  it.each<[Decision, object, string[]]>([
    [
      { do: 'succeed', result: { a: 1 } },
      { state: 'SUCCEEDED', progress: 100, result: { a: 1 }, error: null },
      ['SUCCEEDED', 'SKIPPED'],
    ],
    [
      { do: 'fail', error: { code: 'x.y', message: 'No.', hint: null } },
      { state: 'FAILED', progress: null, error: { code: 'x.y', message: 'No.', hint: null } },
      ['FAILED', 'SKIPPED'],
    ],
    [
      { do: 'cancelled' },
      { state: 'CANCELLED', error: expect.objectContaining({ code: 'operation.cancelled' }) },
      ['SKIPPED', 'SKIPPED'],
    ],
  ])('settle on %j', (decision, expected, [first, other]) => {
    const after = apply(checked(), decision);
    expect(after).toMatchObject({ ...expected, finishedAt: NOW, nextCheckAt: null });
    expect(states(after)).toEqual([first, other, other, other]);
    expect(toView(after)).toMatchObject({ cancellable: false, finishedAt: NOW.toISOString() });
  });

  it('settle one that has not begun by superseding it', () => {
    const after = {
      ...operation(),
      ...cancelled(operation(), { code: 'operation.superseded', message: 'm', hint: null }, NOW),
    };
    expect(after).toMatchObject({ state: 'CANCELLED', startedAt: NOW, finishedAt: NOW });
    expect(states(after)).toEqual(['SKIPPED', 'SKIPPED', 'SKIPPED', 'SKIPPED']);
  });

  it('refuse a step that the kind does not have', () => {
    expect(() => consequenceOf(checked(), { do: 'act', step: 'dance' }, NOW)).toThrow(/dance/);
  });

  it('are stable: any decision taken a second time changes nothing and asks nothing more', () => {
    const step = fc.constantFrom('check', 'make', 'ready', 'clean-up');
    const decision = fc.oneof(
      fc.record({
        do: fc.constant('act' as const),
        step,
        progress: fc.option(fc.double({ min: -5, max: 120, noNaN: true })),
      }),
      fc.record({
        do: fc.constant('wait' as const),
        step,
        progress: fc.option(fc.integer({ min: 0, max: 100 })),
      }),
    );
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 6 }), decision, (history, last) => {
        let now = checked();
        for (const each of [...history, last]) {
          const { change, ask: asking } = consequenceOf(now, each, NOW);
          now = { ...now, ...change };
          // What was asked is answered at once here.
          if (asking)
            now = {
              ...now,
              queued: { ...now.queued, [asking]: ask },
              asked: { ...now.asked, [asking]: answer },
            };
        }
        const again = consequenceOf(now, last, NOW);
        expect(again.change).toEqual({});
        expect(again.ask).toBeNull();
        expect(now.steps.filter(({ state }) => state === 'RUNNING').map(({ name }) => name)).toEqual([
          last.step,
        ]);
        expect(now.progress === null || (now.progress >= 0 && now.progress <= 100)).toBe(true);
      }),
    );
  });
});
