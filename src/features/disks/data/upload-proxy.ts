import { createHash } from 'node:crypto';
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesPassed } from '../../../platform/http/passing-bytes.js';
import { uploadChecksumMismatch, uploadInterrupted, uploadUnavailable } from '../domain/disk-failures.js';
import type { Checksum } from '../domain/upload-headers.js';

export interface UploadProxyAddress {
  /** Of CDIConfig's `uploadProxyURL`. */
  url: URL;
  /** Whom its certificate may be signed by; undefined: the system's authorities. */
  ca: string | Buffer | undefined;
  token: string;
}

export interface UploadContent {
  bytes: Readable;
  /** Null where the client does not say. */
  length: number | null;
  checksum: Checksum | null;
  /** Whether nothing is missing, once there is no more. */
  isWhole(): boolean;
}

export interface UploadAnswer {
  status: number;
  text: string;
}

const PATH = '/v1beta1/upload';
const MAX_ANSWER = 16 * 1024;
/** How long nothing may move between the client and the proxy. */
const IDLE_MS = 5 * 60_000;
/** How long the proxy may take to make a disk of what it has received. */
const ANSWER_MS = 2 * 3600_000;
/** An answer may be on its way when the connection breaks. */
const LAST_WORDS_MS = 1000;
/** How long the proxy may go on with an upload that has broken off, and how long it has to say so to the next. */
const BUSY_MS = 20_000;
const REFUSAL_MS = 1000;
const BUSY_RETRY_MS = 300;

export interface SendOptions {
  /** Told the bytes so far. */
  onReceived(received: number): void;
  /** All of it is on its way, whatever becomes of this process. */
  onSent(): void;
  /** Ends it, with its reason. */
  signal: AbortSignal;
  /** An upload to this disk has broken off before: the proxy may still be about to let it go. */
  again: boolean;
}

/**
 * Sends an image to CDI's upload proxy as it comes: what the proxy does not take, the client is not asked for. Where a
 * checksum was given, the last piece is held back until it is known to be right, so that what arrived damaged never
 * becomes a disk. Throws upload.interrupted, upload.checksum_mismatch, upload.unavailable; a refusal of the proxy is an
 * answer.
 */
export async function sendToUploadProxy(
  address: UploadProxyAddress,
  content: UploadContent,
  options: SendOptions,
): Promise<UploadAnswer> {
  const { again, signal } = options;
  const deadline = Date.now() + (again ? BUSY_MS : 0);
  for (;;) {
    const connection = connect(address, content.length);
    try {
      if (again) {
        const refusal = await refusalWithin(connection, REFUSAL_MS);
        if (refusal?.status === 503 && Date.now() < deadline) {
          await sleep(BUSY_RETRY_MS);
          continue;
        }
        if (refusal) return refusal;
      }
      await pass(connection, content, options);
      connection.upstream.setTimeout(ANSWER_MS);
      return await unlessAborted(connection.answer, signal);
    } catch (error) {
      if (error instanceof ProxyAnswered) return await connection.answer;
      throw error;
    } finally {
      connection.upstream.destroy();
    }
  }
}

/** The proxy has said what it thinks before it had everything. */
class ProxyAnswered extends Error {}

interface Connection {
  upstream: ClientRequest;
  answer: Promise<UploadAnswer>;
}

function connect({ url, ca, token }: UploadProxyAddress, length: number | null): Connection {
  const upstream = request(new URL(PATH, url), {
    method: 'POST',
    ca,
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/octet-stream',
      'user-agent': 'virtgate',
      ...(length === null ? {} : { 'content-length': length }),
    },
  });
  const answer = answerOf(upstream);
  // Whoever is not waiting for it just then has another reason to fail.
  answer.catch(() => {});
  return { upstream, answer };
}

/** What the proxy says to the head of the request alone, before anything was taken from the client. */
async function refusalWithin({ upstream, answer }: Connection, ms: number): Promise<UploadAnswer | null> {
  upstream.flushHeaders();
  const abort = new AbortController();
  const patience = sleep(ms, null, { signal: abort.signal }).catch(() => null);
  try {
    return await Promise.race([answer, patience]);
  } finally {
    abort.abort();
  }
}

/** Driven by events: at a gigabyte a second, a few promises for each piece are what takes the time. */
function pass(
  { upstream, answer }: Connection,
  { bytes, checksum, isWhole }: UploadContent,
  { onReceived, onSent, signal }: SendOptions,
): Promise<void> {
  const hash = checksum && createHash(checksum.algorithm);
  let held: Buffer | null = null;
  let received = 0;
  let movedAt = Date.now();
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      movedAt = Date.now();
      received += chunk.length;
      bytesPassed(chunk.length);
      onReceived(received);
      let next: Buffer | null = chunk;
      if (hash) {
        hash.update(chunk);
        next = held;
        held = chunk;
      }
      if (next && !upstream.write(next)) bytes.pause();
    };
    const goOn = (): void => {
      movedAt = Date.now();
      bytes.resume();
    };
    const finish = (): void => {
      const right = !hash || !checksum || hash.digest().equals(checksum.value);
      if (!isWhole()) fail(interrupted(received));
      else if (!right) fail(uploadChecksumMismatch());
      else {
        stop();
        upstream.end(held ?? undefined);
        resolve();
      }
    };
    const fail = (error: unknown): void => {
      stop();
      bytes.pause();
      reject(error);
    };
    const broken = (error: NodeJS.ErrnoException): void =>
      fail(error.code === 'ECONNRESET' && !isWhole() ? interrupted(received) : error);
    const aborted = (): void => fail(signal.reason);
    const timer = setInterval(() => {
      if (Date.now() - movedAt < IDLE_MS) return;
      fail(uploadInterrupted(`Nothing moved for ${IDLE_MS / 1000} seconds.`));
    }, IDLE_MS / 10);
    const stop = (): void => {
      clearInterval(timer);
      signal.removeEventListener('abort', aborted);
      bytes.off('data', take).off('end', finish).off('error', broken).off('close', finish);
      upstream.off('drain', goOn);
      // What happens to it later is nobody's concern.
      bytes.on('error', () => {});
    };
    if (signal.aborted) return fail(signal.reason);
    signal.addEventListener('abort', aborted);
    answer.then(() => fail(new ProxyAnswered()), fail);
    upstream.on('drain', goOn).once('finish', onSent);
    // One that broke off before is closed and says nothing any more.
    if (bytes.destroyed) return finish();
    bytes.on('data', take).on('end', finish).on('error', broken).on('close', finish);
  });
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
  });
  aborted.catch(() => {});
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const interrupted = (received: number) => uploadInterrupted(`The client went away after ${received} bytes.`);

function answerOf(upstream: ClientRequest): Promise<UploadAnswer> {
  return new Promise((resolve, reject) => {
    upstream.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < MAX_ANSWER) text += chunk;
      });
      response.on('close', () => resolve({ status: response.statusCode ?? 502, text: text.trim() }));
    });
    upstream.on('timeout', () => upstream.destroy(new Error('The upload proxy does not answer.')));
    upstream.on('error', (cause) => {
      const timer = setTimeout(() => reject(uploadUnavailable(undefined, { cause })), LAST_WORDS_MS);
      timer.unref();
    });
  });
}
