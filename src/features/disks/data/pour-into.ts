import type { Readable } from 'node:stream';
import { bytesPassed } from '../../../platform/http/passing-bytes.js';
import { uploadInterrupted } from '../domain/disk-failures.js';

/** What may wait to be written, in bytes, before the source is held. */
const WAITING_BYTES = 1024 * 1024;
const IDLE_MS = 5 * 60_000;

/**
 * Everything that `bytes` has, in the order of its coming, several pieces at a time where they come faster than they are
 * taken. Rejects with what went wrong first: the source, `take`, or the reason of `signal`; the source is then paused,
 * not destroyed, for its connection has to carry an answer.
 */
export function pourInto(
  bytes: Readable,
  signal: AbortSignal,
  take: (chunks: Buffer[]) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    let taking = false;
    let ended = false;
    let failure: { error: unknown } | null = null;
    let movedAt = Date.now();
    const work = async (): Promise<void> => {
      taking = true;
      try {
        while (waiting.length > 0 && !failure) {
          const chunks = waiting;
          waiting = [];
          waitingBytes = 0;
          await take(chunks);
          movedAt = Date.now();
          if (!ended && !failure) bytes.resume();
        }
      } catch (error) {
        failure ??= { error };
      }
      taking = false;
      settle();
    };
    // Never while something is being taken: who called must be able to close what it writes to.
    const settle = (): void => {
      if (taking || (!failure && (!ended || waiting.length > 0))) return;
      clearInterval(timer);
      signal.removeEventListener('abort', aborted);
      bytes.off('data', data).off('end', end).off('close', end).off('error', fail);
      bytes.on('error', () => {});
      bytes.pause();
      if (failure) reject(failure.error);
      else resolve();
    };
    const data = (chunk: Buffer): void => {
      movedAt = Date.now();
      waiting.push(chunk);
      waitingBytes += chunk.length;
      bytesPassed(chunk.length);
      if (waitingBytes >= WAITING_BYTES) bytes.pause();
      if (!taking) void work();
    };
    const end = (): void => {
      ended = true;
      settle();
    };
    const fail = (error: unknown): void => {
      // What came before it counts.
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') ended = true;
      else failure ??= { error };
      settle();
    };
    const aborted = (): void => {
      failure ??= { error: signal.reason };
      settle();
    };
    const timer = setInterval(() => {
      if (Date.now() - movedAt >= IDLE_MS)
        fail(uploadInterrupted(`Nothing came for ${IDLE_MS / 1000} seconds.`));
    }, IDLE_MS / 10);
    signal.addEventListener('abort', aborted);
    if (signal.aborted) return aborted();
    if (bytes.destroyed || bytes.readableEnded) return end();
    bytes.on('data', data).on('end', end).on('close', end).on('error', fail);
  });
}
