import { Turns } from './turns.js';

describe('Turns', () => {
  const tick = () => new Promise((done) => setImmediate(done));

  it('lets no more work at a time than there are turns, and all of them in the end, in order', async () => {
    const turns = new Turns(2, 60_000);
    let working = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        turns
          .run(async () => {
            order.push(index);
            working += 1;
            most = Math.max(most, working);
            await tick();
            working -= 1;
            if (index === 3) throw new Error('one that fails gives its turn back');
          })
          .catch(() => {}),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).toHaveLength(20);
  });

  it('tells who waited too long, and gives the turn to the next', async () => {
    const turns = new Turns(1, 5);
    let end = () => {};
    const first = turns.run(() => new Promise<void>((done) => (end = done)));
    await expect(turns.run(async () => {})).rejects.toMatchObject({ code: 'service.unavailable' });
    end();
    await first;
    expect(await turns.run(async () => 'again')).toBe('again');
  });
});
