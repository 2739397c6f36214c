import { PassThrough, type Readable } from 'node:stream';
import type { OperationChange } from '../operation-changes.js';

const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events (WHATWG HTML §9.2) of an operation: `event: operation`, the view as data, the version as id. Ends
 * when the changes do; a client that goes away ends the changes.
 */
export function eventStream(
  changes: AsyncIterable<OperationChange>,
  { ended }: { ended: AbortController },
): Readable {
  const stream = new PassThrough();
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
  stream.once('close', () => {
    clearInterval(heartbeat);
    ended.abort();
  });
  stream.write('retry: 2000\n\n');
  void (async () => {
    try {
      for await (const { version, view } of changes) {
        stream.write(`id: ${version}\nevent: operation\ndata: ${JSON.stringify(view)}\n\n`);
      }
      stream.end();
    } catch (error) {
      // The client comes again with the last id that it has seen.
      stream.destroy(error as Error);
    } finally {
      clearInterval(heartbeat);
    }
  })();
  return stream;
}

/** The version after which a client goes on; from the beginning when it says nothing that we gave it. */
export function lastEventId(header: string | string[] | undefined): number {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : 0;
}
