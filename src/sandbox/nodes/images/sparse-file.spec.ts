import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SparseFile } from './sparse-file.js';

describe('sparse file', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-sparse-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('holds exactly what was appended, however it was cut up', async () => {
    const path = join(directory, 'disk');
    const run = fc.record({ byte: fc.constantFrom(0, 0, 7), length: fc.integer({ min: 1, max: 10_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 12 }), fc.nat(20_000), async (runs, growth) => {
        const chunks = runs.map(({ byte, length }) => Buffer.alloc(length, byte));
        const file = await SparseFile.create(path);
        for (const chunk of chunks) {
          await file.append(chunk);
        }
        expect(file.length).toBe(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
        await file.finish(file.length + growth);
        expect(await readFile(path)).toEqual(Buffer.concat([...chunks, Buffer.alloc(growth)]));
      }),
      { numRuns: 40 },
    );
  });

  it('takes no space for zeros', async () => {
    const path = join(directory, 'zeros');
    const file = await SparseFile.create(path);
    for (let index = 0; index < 100; index += 1) {
      await file.append(Buffer.alloc(100_001));
    }
    await file.finish(file.length);
    expect((await stat(path)).blocks).toBe(0);
  });

  it('passes on that a device is full', async () => {
    const file = await SparseFile.create('/dev/full');
    await expect(file.append(Buffer.alloc(10, 1))).rejects.toMatchObject({ code: 'ENOSPC' });
    await file.abandon();
  });
});
