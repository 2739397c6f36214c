import { Standstill } from './standstill.js';

describe('Standstill', () => {
  let now = 1_000_000;
  const standstill = () => new Standstill(6000, () => now);
  const pass = (one: Standstill, seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      now += 1000;
      one.tick();
    }
  };

  it('lets work go on for as long as the process runs', () => {
    const one = standstill();
    const check = one.guard();
    pass(one, 60);
    expect(check).not.toThrow();
  });

  it('stops what was begun before it, whether or not a timer came first', () => {
    for (const timerFirst of [true, false]) {
      const one = standstill();
      const check = one.guard();
      now += 30_000;
      if (timerFirst) one.tick();
      expect(check).toThrow(/stood still/);
      pass(one, 5);
      expect(check).toThrow(/stood still/);
    }
  });

  it.each([true, false])('does not stop what is begun after it, noted before: %s', (noted) => {
    const one = standstill();
    now += 30_000;
    if (noted) one.tick();
    expect(one.guard()).not.toThrow();
  });
});
