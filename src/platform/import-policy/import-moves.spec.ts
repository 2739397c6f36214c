import type { CacheEvent, Keyed } from '../cluster/cluster-cache.js';
import { ImportLimits } from './import-limits.js';
import { ImportMoves } from './import-moves.js';

type Volume = Keyed & { phase: string; progress: number | null };

const volume = (phase: string, progress: number | null): Volume => ({
  namespace: 'n',
  name: 'v',
  uid: 'u',
  resourceVersion: '1',
  phase,
  progress,
});

it('remembers when a volume last moved, until it is full or gone', () => {
  let tell: (event: CacheEvent<Volume>) => void = () => {};
  let stopped = false;
  let minute = 0;
  const onChange = (listener: typeof tell) => {
    tell = listener;
    return () => {
      stopped = true;
    };
  };
  const clock = { now: () => new Date(Date.UTC(2030, 0, 1, 0, minute)) };
  const moves = new ImportMoves({ onChange }, clock, new ImportLimits(7));
  let previous: Volume | null = null;
  const see = (at: number, type: 'set' | 'delete', view: Volume) => {
    minute = at;
    tell({ type, view, previous });
    previous = view;
    return moves.movedAt('u')?.getUTCMinutes();
  };
  expect(moves.movedAt(undefined)).toBeUndefined();
  expect(see(1, 'set', volume('ImportInProgress', 10))).toBe(1);
  expect(see(2, 'set', volume('ImportInProgress', 10))).toBe(1);
  expect(see(3, 'set', volume('ImportInProgress', 10.1))).toBe(3);
  expect(see(4, 'set', volume('Paused', 10.1))).toBe(4);
  expect(see(5, 'set', volume('Succeeded', 100))).toBeUndefined();
  expect(see(6, 'set', volume('ImportInProgress', 1))).toBe(6);
  expect(see(7, 'delete', volume('ImportInProgress', 1))).toBeUndefined();
  expect(moves.stallMs).toBe(7);
  moves.onModuleDestroy();
  expect(stopped).toBe(true);
});
