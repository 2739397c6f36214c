import { PLATFORM } from '../../../kernel/principal.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import type { DrainedMachine } from '../domain/drain-report.js';
import { type DrainObserved, nextOfDrain } from './draining.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const answer = (notes: Record<string, string> = {}, at = NOW) => ({
  at: at.toISOString(),
  notes,
  refusal: null,
});

const operation = (more: Partial<OperationRecord> = {}): OperationRecord => ({
  id: 'o1',
  kind: 'node.drain',
  state: 'RUNNING',
  project: PLATFORM,
  target: { type: 'node', name: 'a' },
  input: { machines: [{}, {}, {}, {}] },
  steps: [],
  progress: null,
  progressAt: NOW,
  requestedBy: { type: 'user', id: 'u', name: 'ada', tokenId: null },
  requestId: 'r',
  createdAt: NOW,
  startedAt: NOW,
  cancelRequested: false,
  asked: { maintain: answer({ method: 'maintenance' }) },
  outstanding: null,
  ...more,
});

const machine = (name: string, more: Partial<DrainedMachine> = {}): DrainedMachine => ({
  project: 'shop',
  namespace: 'shop',
  name,
  action: 'migrates',
  reason: null,
  evictionStrategy: 'LiveMigrate',
  runStrategy: 'Always',
  moving: false,
  failedMigrations: 0,
  ...more,
});

const seen = (remaining: DrainedMachine[], more: Partial<DrainObserved> = {}): DrainObserved => ({
  node: true,
  remaining,
  pods: remaining.length,
  waiting: 0,
  maintained: true,
  moved: [],
  restarted: [],
  stopped: [],
  ...more,
});

const stuck = machine('x', { action: 'blocks', reason: 'No other node has room for it.' });
const next = (of: OperationRecord, at: DrainObserved, now = NOW) => nextOfDrain(of, at, now);

describe('a drain', () => {
  it('tells how far it is', () => {
    const decision = next(operation(), seen([machine('a', { moving: true }), stuck]));
    expect(decision).toMatchObject({
      do: 'wait',
      step: 'evacuate',
      progress: 50,
      message: '2 of 4 have left; 1 on the way; 1 cannot: shop/x',
    });
  });

  it('is done when the node is empty, and not while pods are left on it', () => {
    expect(next(operation(), seen([], { pods: 1 }))).toMatchObject({ do: 'wait' });
    expect(next(operation(), seen([], { moved: ['shop/a'] }))).toMatchObject({
      do: 'succeed',
      result: { moved: ['shop/a'], remaining: [] },
    });
  });

  it('evicts itself where there is no maintenance, again after a while', () => {
    const evicting = (evacuate?: Date) =>
      operation({
        asked: {
          maintain: answer({ method: 'eviction' }),
          ...(evacuate ? { evacuate: answer({}, evacuate) } : {}),
        },
      });
    const waiting = seen([machine('a')], { waiting: 1, maintained: false });
    expect(next(evicting(), waiting)).toMatchObject({ do: 'act', step: 'evacuate', again: true });
    expect(next(evicting(NOW), waiting)).toMatchObject({ do: 'wait', step: 'evacuate' });
    const later = new Date(NOW.getTime() + 11_000);
    expect(next(evicting(NOW), waiting, later)).toMatchObject({ do: 'act', step: 'evacuate' });
    expect(next(evicting(NOW), { ...waiting, waiting: 0 }, later)).toMatchObject({ do: 'wait' });
  });

  it.each([
    ['only what cannot move is left', operation(), seen([stuck]), NOW],
    ['it was cancelled', operation({ cancelRequested: true }), seen([machine('a')]), NOW],
    ['nothing has moved for long', operation(), seen([machine('a')]), new Date(NOW.getTime() + 31 * 60_000)],
  ])('evicts no more when %s', (_why, of, at, now) => {
    expect(next(of, at, now)).toMatchObject({ do: 'act', step: 'stop-evicting' });
  });

  const leaving = (more: Partial<OperationRecord> = {}) =>
    operation({
      ...more,
      asked: { maintain: answer(), 'stop-evicting': answer(), ...more.asked },
    });

  it('ends its maintenance before it cordons the node again', () => {
    expect(next(leaving(), seen([stuck]))).toMatchObject({ do: 'wait', step: 'stop-evicting' });
    const ended = seen([stuck], { maintained: false });
    expect(next(leaving(), ended)).toEqual({ do: 'act', step: 'hold-cordoned' });
    const held = leaving({ asked: { 'hold-cordoned': answer() } });
    expect(next(held, ended)).toMatchObject({
      do: 'fail',
      error: {
        code: 'node.drain_blocked',
        message: '1 machines could not leave: shop/x (No other node has room for it.)',
      },
      result: { remaining: [{ name: 'shop/x', action: 'blocks' }] },
    });
    const cancelled = leaving({ cancelRequested: true, asked: { 'hold-cordoned': answer() } });
    expect(next(cancelled, ended)).toMatchObject({
      do: 'cancelled',
      message: 'The drain was cancelled: 1 machines are still on the node, which stays cordoned.',
    });
    expect(next(held, seen([machine('a')], { maintained: false }))).toMatchObject({
      error: { code: 'node.drain_timeout' },
    });
  });
});
