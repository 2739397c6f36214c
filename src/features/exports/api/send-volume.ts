import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { entityTag } from '../../../platform/http/etag.js';
import { PROBLEM_JSON, toProblem } from '../../../platform/http/http-failures.js';
import { bytesPassed } from '../../../platform/http/passing-bytes.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { DownloadAuthority } from '../commands/download-authority.js';
import type { ReadableVolume } from '../commands/open-volume.js';
import { rangeOf, totalOf, wantsSha256 } from '../domain/byte-range.js';
import { exportRangeInvalid } from '../domain/failures.js';
import type { ExportFormat } from '../domain/observed.js';

/** How long a right that was taken away can still read. */
const RECHECK_MS = 10_000;

const TYPES: Record<ExportFormat, { type: string; extension: string }> = {
  raw: { type: 'application/octet-stream', extension: 'img' },
  gzip: { type: 'application/gzip', extension: 'img.gz' },
  'tar.gz': { type: 'application/gzip', extension: 'tar.gz' },
};

/**
 * Passes a volume on from the cluster to the client, a chunk at a time: whichever side is slow holds the other, and
 * when one goes the other is let go. A download that fails half-way breaks the connection, never ends it well.
 */
@Injectable()
export class SendVolume {
  constructor(private readonly authority: DownloadAuthority) {}

  async execute(
    volume: ReadableVolume,
    caller: Caller,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const abort = new AbortController();
    reply.raw.once('close', () => abort.abort());
    const { format } = volume;
    // What an export holds does not change, but a compressor may write it differently each time.
    const tag = format === 'raw' ? entityTag(`${volume.observed.uid}/${volume.volume}/raw`) : null;
    reply.headers(headersOf(volume, tag));
    if (request.method === 'HEAD') return this.#head(volume, reply, abort);
    const range = tag === null ? null : rangeOf(request.headers, tag);
    const { status, headers, body } = await volume.read(range, abort.signal);
    if (status === 416) return outOfRange(request, reply, body, headers);
    // The record comes before the first byte, and its failure lets the server go.
    await this.authority.record(caller, volume).catch((error) => {
      body.on('error', () => {}).destroy();
      throw error;
    });
    const recheck = setInterval(() => void this.#recheck(caller, abort), RECHECK_MS);
    reply.raw.once('close', () => clearInterval(recheck));
    // Reads after the client has gone are nobody's failure.
    body.on('error', () => reply.raw.destroy());
    reply.code(status);
    const { 'content-range': contentRange, 'content-length': length } = headers;
    if (status === 206 && contentRange !== undefined) reply.header('content-range', contentRange);
    // Not sooner: who listens makes it flow.
    reply.raw.once('pipe', (bytes: Readable) =>
      bytes.on('data', (chunk: Buffer) => bytesPassed(chunk.length)),
    );
    if (wantsSha256(request.headers)) reply.send(withDigest(body, reply));
    else {
      if (length !== undefined) reply.header('content-length', length);
      reply.send(body);
    }
  }

  /** The server need not know HEAD: the length is read off a range of one byte. */
  async #head(volume: ReadableVolume, reply: FastifyReply, abort: AbortController): Promise<void> {
    if (volume.format === 'raw') {
      const { status, headers, body } = await volume.read('bytes=0-0', abort.signal);
      body.on('error', () => {}).destroy();
      const length =
        status === 200 ? headers['content-length'] : totalOf(String(headers['content-range'] ?? ''));
      if (length !== undefined && length !== null) reply.header('content-length', String(length));
    }
    // Of an empty stream Fastify does not say that its length is 0.
    reply.send(Readable.from([]));
  }

  /** A database that is away is no reason to end a download; a right that is gone is. */
  async #recheck({ principal, project }: Caller, abort: AbortController): Promise<void> {
    const held = await this.authority.of(principal, project.id).catch(() => undefined);
    if (held === null) abort.abort();
  }
}

const headersOf = ({ volume, format }: ReadableVolume, tag: string | null): Record<string, string> => ({
  'content-type': TYPES[format].type,
  'content-disposition': `attachment; filename="${volume.replace(/[^\w.-]/g, '_')}.${TYPES[format].extension}"`,
  'cache-control': 'private, no-store',
  'accept-ranges': tag === null ? 'none' : 'bytes',
  ...(tag === null ? {} : { etag: tag }),
});

/** The digest of what was sent is known at its end: a trailer, which needs chunks instead of a length. */
function withDigest(body: Readable, reply: FastifyReply): Readable {
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  reply.trailer('content-digest', (_reply, _payload, done) => {
    done(null, `sha-256=:${hash.digest('base64')}:`);
  });
  body.on('error', (error) => hashed.destroy(error));
  hashed.on('close', () => body.destroy());
  return body.pipe(hashed);
}

function outOfRange(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Readable,
  headers: Record<string, string | string[] | undefined>,
): void {
  body.on('error', () => {}).destroy();
  const problem = { ...toProblem(exportRangeInvalid(), request.id), status: 416 };
  const range = headers['content-range'];
  for (const name of ['content-disposition', 'etag']) reply.removeHeader(name);
  if (range !== undefined) reply.header('content-range', range);
  reply
    .code(416)
    .type(PROBLEM_JSON)
    .send(Buffer.from(JSON.stringify(problem)));
}
