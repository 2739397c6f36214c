import { timeOrderedId } from './time-ordered-id.js';

describe('timeOrderedId', () => {
  it('is a UUID version 7 that tells its time', () => {
    const id = timeOrderedId(new Date('2100-01-02T03:04:05.678Z'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(
      Date.parse('2100-01-02T03:04:05.678Z'),
    );
  });

  it('sorts in the order of making, within a millisecond and when the clock goes back', () => {
    const start = Date.parse('2100-06-01T00:00:00Z');
    const ids = Array.from({ length: 10_000 }, (_, n) => timeOrderedId(new Date(start - (n % 3) * 1000)));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
