import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureGuestImage } from './build-guest-image.js';

const canBuild = (await ensureGuestImage()).available;

describe('guest image', () => {
  let cache: string;

  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'virtgate-guest-image-'));
  });

  afterEach(() => rm(cache, { recursive: true, force: true }));

  it('names what is missing where it cannot be built', async () => {
    const path = process.env.PATH;
    process.env.PATH = cache;
    try {
      const image = await ensureGuestImage(cache);
      expect(image).toMatchObject({ available: false });
      expect(image.available || image.missing).toEqual(expect.arrayContaining(['grub-mkrescue', 'apt-get']));
    } finally {
      process.env.PATH = path;
    }
  });

  (canBuild ? it : it.skip)(
    'is built twice at once without harm, small, and nothing else is left',
    async () => {
      const [first, second] = await Promise.all([ensureGuestImage(cache), ensureGuestImage(cache)]);
      expect(first).toEqual(second);
      const [name, ...others] = await readdir(cache);
      expect(others).toEqual([]);
      expect((await stat(join(cache, name ?? ''))).size).toBeLessThan(40 * 1024 * 1024);
    },
    120_000,
  );
});
