import type { Principal } from '../../../kernel/principal.js';
import { PrincipalCache } from './principal-cache.js';

const principal = (id: string): Principal => ({
  id,
  type: 'user',
  name: id,
  bindings: [],
  scopes: null,
  tokenId: `token-of-${id}`,
  expiresAt: null,
});

describe('the cache of principals', () => {
  let now: number;
  let cache: PrincipalCache;
  let loads: number;
  const load = async () => {
    loads += 1;
    return principal('ada');
  };

  beforeEach(() => {
    now = 0;
    loads = 0;
    cache = new PrincipalCache(() => now);
  });

  it('loads once for many that ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => cache.get('k', load)));
    expect(new Set(answers).size).toBe(1);
    expect(loads).toBe(1);
  });

  it('answers from memory, refreshes behind the answer, and ends after its time', async () => {
    const first = await cache.get('k', load);
    now = 4_999;
    expect(await cache.get('k', load)).toBe(first);
    expect(loads).toBe(1);
    now = 5_000;
    expect(await cache.get('k', load)).toBe(first);
    expect(loads).toBe(2);
    await new Promise((done) => setImmediate(done));
    expect(await cache.get('k', load)).not.toBe(first);
  });

  it('goes on answering for its time while the database is away, and then says so', async () => {
    await cache.get('k', load);
    const away = () => Promise.reject(new Error('away'));
    now = 14_999;
    expect((await cache.get('k', away))?.id).toBe('ada');
    now = 15_000;
    await expect(cache.get('k', away)).rejects.toThrow('away');
  });

  it('forgets who is gone', async () => {
    await cache.get('k', load);
    now = 5_000;
    await cache.get('k', async () => null);
    await new Promise((done) => setImmediate(done));
    expect(await cache.get('k', async () => null)).toBeNull();
  });

  it('does not keep what was invalidated while it was being loaded', async () => {
    let finish: (found: Principal) => void = () => {};
    const slow = cache.get('k', () => new Promise((done) => (finish = done)));
    cache.invalidate(() => true);
    finish(principal('before'));
    await slow;
    expect((await cache.get('k', async () => principal('after')))?.id).toBe('after');
  });

  it('invalidates those that match', async () => {
    await cache.get('a', load);
    await cache.get('b', async () => principal('bob'));
    cache.invalidate(({ tokenId }) => tokenId === 'token-of-ada');
    await cache.get('a', load);
    await cache.get('b', load);
    expect(loads).toBe(2);
  });
});
