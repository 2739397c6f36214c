import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { uploadCancelled } from '../domain/disk-failures.js';
import { StagingFiles } from './staging-files.js';
import { StagingPlace } from './staging-place.js';

describe('StagingFiles', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'virtgate-staging-'));
  const files = new StagingFiles(new StagingPlace(join(scratch, 'made', 'when needed'), 1000));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const signal = new AbortController().signal;
  const write = (uid: string, bytes: Readable, first: number, more: object = {}) => {
    const part = { first, checksum: null, signal, onReceived: () => {}, ...more };
    return files.write(uid, bytes, part);
  };
  const contentOf = async (uid: string): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of files.read(uid)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  it('keeps parts one behind the other, and says how far each is', async () => {
    const uid = randomUUID();
    expect(await files.received(uid)).toBe(0);
    const content = randomBytes(3_000_000);
    const pieces = [];
    for (let at = 0; at < 2_000_000; at += 7777)
      pieces.push(content.subarray(at, Math.min(at + 7777, 2_000_000)));
    const told: number[] = [];
    await write(uid, Readable.from(pieces), 0, { onReceived: (bytes: number) => told.push(bytes) });
    expect(told.at(-1)).toBe(2_000_000);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    await write(uid, Readable.from([content.subarray(2_000_000)]), 2_000_000);
    expect(await files.received(uid)).toBe(content.length);
    expect((await contentOf(uid)).equals(content)).toBe(true);
    expect(await files.present()).toEqual([{ diskUid: uid, idleMs: expect.any(Number) }]);
    await files.remove(uid);
    await files.remove(uid);
    expect(await files.present()).toEqual([]);
  });

  it('takes back a part that is damaged, and only that', async () => {
    const uid = randomUUID();
    const bytes = randomBytes(1000);
    const value = createHash('sha256').update(bytes).digest();
    await write(uid, Readable.from([bytes]), 0, { checksum: { algorithm: 'sha256', value } });
    const damaged = write(uid, Readable.from([randomBytes(10)]), 1000, {
      checksum: { algorithm: 'sha256', value },
    });
    await expect(damaged).rejects.toMatchObject({ code: 'upload.checksum_mismatch' });
    expect((await contentOf(uid)).equals(bytes)).toBe(true);
  });

  it('keeps what came of a part that broke off', async () => {
    const uid = randomUUID();
    const bytes = new PassThrough();
    const came = new Promise<void>((resolve) => {
      void write(uid, bytes, 0, { onReceived: () => resolve() }).catch(() => {});
    });
    bytes.write(Buffer.alloc(500, 1));
    await came;
    bytes.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    expect(await files.received(uid)).toBe(500);
  });

  it('ends with the reason of its signal and leaves the source open for an answer', async () => {
    const abort = new AbortController();
    const bytes = new PassThrough();
    const writing = write(randomUUID(), bytes, 0, { signal: abort.signal });
    bytes.write(Buffer.alloc(500));
    abort.abort(uploadCancelled());
    await expect(writing).rejects.toMatchObject({ code: 'upload.cancelled' });
    expect(bytes.destroyed).toBe(false);
  });

  it('never takes another name than a uid', async () => {
    await expect(files.received('../secret')).rejects.toThrow('Not the uid');
  });
});
