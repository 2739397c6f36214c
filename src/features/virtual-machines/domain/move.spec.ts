import { lastMove, type ObservedMove } from './move.js';

const move = (to: string, second: number): ObservedMove => ({
  namespace: 'vg-a',
  name: `to-${to}`,
  uid: to,
  resourceVersion: '1',
  machine: 'web',
  view: {
    cause: 'request',
    at: `2030-01-01T00:00:0${second}Z`,
    from: null,
    to,
    requestedBy: null,
    migration: `to-${to}`,
  },
});

it.each([
  ['none', [], 'a', null],
  ['the latest', [move('a', 1), move('b', 2)], 'a', 'b'],
  ['of one second, the one that it is at', [move('a', 1), move('b', 1)], 'b', 'b'],
  ['of one second, any where it has gone from all', [move('a', 1), move('b', 1)], 'c', 'a'],
])('the last move is %s', (_which, moves, node, to) => {
  expect(lastMove(moves, node)?.to ?? null).toBe(to);
});
