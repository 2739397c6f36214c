import { open } from 'node:fs/promises';

/** Where a serial log goes on when it is full. */
export const olderHalf = (path: string): string => `${path}.1`;

/** The end of a serial log and of its older half, `maxBytes` at most. Empty where there is none. */
export async function readSerialLog(path: string, maxBytes: number): Promise<Buffer> {
  const newer = await end(path, maxBytes);
  const older =
    newer.length < maxBytes ? await end(olderHalf(path), maxBytes - newer.length) : Buffer.alloc(0);
  return Buffer.concat([older, newer]);
}

async function end(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, maxBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
