import { Readiness } from './readiness.js';

describe('Readiness', () => {
  it('is ready when every check passes, and says which does not', async () => {
    const readiness = new Readiness();
    expect(await readiness.report()).toEqual({ ready: true, checks: {} });
    let up = false;
    readiness.add('database', async () => {
      if (!up) throw new Error('no route to host');
    });
    readiness.add('cluster', () => {});
    expect(await readiness.report()).toEqual({
      ready: false,
      checks: { database: { ok: false, message: 'no route to host' }, cluster: { ok: true } },
    });
    up = true;
    expect((await readiness.report()).ready).toBe(true);
    readiness.drain();
    expect((await readiness.report()).checks.shutdown).toEqual({ ok: false, message: 'shutting down' });
  });

  it('does not wait for a check that hangs', async () => {
    const readiness = new Readiness();
    readiness.add('stuck', () => new Promise<void>(() => {}));
    expect((await readiness.report()).checks.stuck).toEqual({ ok: false, message: 'no answer in time' });
  });

  it('takes a name once', () => {
    const readiness = new Readiness();
    readiness.add('database', () => {});
    expect(() => readiness.add('database', () => {})).toThrow(/already/);
  });
});
