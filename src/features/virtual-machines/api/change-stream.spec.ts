import { ChangeStream } from './change-stream.js';

const stream = () => {
  let put: (change: number) => void = () => {};
  let stopped = 0;
  const changes = new ChangeStream<number>((given) => {
    put = given;
    return () => {
      stopped += 1;
    };
  });
  return { changes, put: (change: number) => put(change), stopped: () => stopped };
};

describe('ChangeStream', () => {
  it('tells every change in order, those before the reader came and those after', async () => {
    const { changes, put } = stream();
    put(1);
    put(2);
    expect([await changes.next(), await changes.next()].map(({ value }) => value)).toEqual([1, 2]);
    const third = changes.next();
    put(3);
    put(4);
    expect([(await third).value, (await changes.next()).value]).toEqual([3, 4]);
  });

  it('ends a wait that is under way, and stops listening once', async () => {
    const { changes, put, stopped } = stream();
    const waiting = changes.next();
    await changes.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
    put(1);
    await changes.return();
    expect([await changes.next(), stopped()]).toEqual([{ value: undefined, done: true }, 1]);
  });

  it('lets a reader go who only falls behind', async () => {
    const { changes, put, stopped } = stream();
    for (let change = 0; change <= 1000; change += 1) put(change);
    expect(stopped()).toBe(1);
    for (let change = 0; change < 1000; change += 1) expect((await changes.next()).value).toBe(change);
    await expect(changes.next()).rejects.toThrow(/too slow/);
  });
});
