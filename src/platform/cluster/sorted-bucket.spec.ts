import fc from 'fast-check';
import { SortedBucket } from './sorted-bucket.js';

describe('SortedBucket', () => {
  it('is always equal to a map sorted by key, and never changes a snapshot that it gave', () => {
    const key = fc.string({ minLength: 1, maxLength: 2 });
    // Seldom enough reads that both few and many changes come between them.
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant('set' as const), key, value: fc.integer() }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('delete' as const), key, value: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('read' as const), key, value: fc.constant(0) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const bucket = new SortedBucket<{ key: string; value: number }>();
        const model = new Map<string, { key: string; value: number }>();
        const given: [readonly unknown[], unknown[]][] = [];
        for (const { do: what, key, value } of steps) {
          if (what === 'set') {
            bucket.set(key, { key, value });
            model.set(key, { key, value });
          } else if (what === 'delete') {
            bucket.delete(key);
            model.delete(key);
          } else {
            const snapshot = bucket.sorted();
            const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, view]) => view);
            expect(snapshot).toEqual(expected);
            given.push([snapshot, [...snapshot]]);
          }
        }
        for (const [snapshot, copy] of given) expect(snapshot).toEqual(copy);
        expect(bucket.size).toBe(model.size);
      }),
    );
  });

  it('gives the same array while nothing changes', () => {
    const bucket = new SortedBucket<string>();
    bucket.set('b', 'two');
    bucket.set('a', 'one');
    expect(bucket.sorted()).toEqual(['one', 'two']);
    expect(bucket.sorted()).toBe(bucket.sorted());
  });

  it('holds 100,000 entries that change between reads', () => {
    const bucket = new SortedBucket<number>();
    for (let index = 0; index < 100_000; index += 1)
      bucket.set(`vm-${String(index).padStart(6, '0')}`, index);
    for (let round = 0; round < 100; round += 1) {
      bucket.set(`vm-${String(round * 997).padStart(6, '0')}`, -round);
      expect(bucket.sorted()).toHaveLength(100_000);
    }
    expect(bucket.sorted()[997]).toBe(-1);
  });
});
