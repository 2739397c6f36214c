import { WorkQueue } from './work-queue.js';

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a work queue', () => {
  it('runs a key once for many additions, and again for one that comes while it runs', async () => {
    const seen: string[] = [];
    let release = (): void => undefined;
    const queue = new WorkQueue(
      async (key) => {
        seen.push(key);
        if (seen.length === 1) await new Promise<void>((resolve) => (release = resolve));
        return undefined;
      },
      () => undefined,
    );
    queue.add('a');
    queue.add('a');
    await later(10);
    queue.add('a');
    queue.add('a');
    queue.add('b');
    await later(10);
    expect(seen).toEqual(['a', 'b']);
    release();
    await later(10);
    expect(seen).toEqual(['a', 'b', 'a']);
    await queue.close();
  });

  it('tries again what failed, and looks again when asked to', async () => {
    const seen: string[] = [];
    const errors: unknown[] = [];
    const queue = new WorkQueue(
      async (key) => {
        seen.push(key);
        if (seen.length === 1) throw new Error('not yet');
        return seen.length === 2 ? { requeueAfterMs: 5 } : undefined;
      },
      (_key, error) => errors.push(error),
    );
    queue.add('a');
    for (let wait = 0; wait < 200 && seen.length < 3; wait += 1) await later(5);
    expect(seen).toEqual(['a', 'a', 'a']);
    expect(errors).toEqual([new Error('not yet')]);
    await queue.close();
  });

  it('ends when what runs has ended, and takes nothing more', async () => {
    const seen: string[] = [];
    const queue = new WorkQueue(
      async (key) => {
        await later(20);
        seen.push(key);
        return { requeueAfterMs: 1 };
      },
      () => undefined,
    );
    queue.add('a');
    await later(5);
    await queue.close();
    expect(seen).toEqual(['a']);
    queue.add('b');
    await later(30);
    expect(seen).toEqual(['a']);
  });
});
