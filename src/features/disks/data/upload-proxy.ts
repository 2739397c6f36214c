import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
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
  bytes: IncomingMessage;
  /** Null where the client does not say. */
  length: number | null;
  checksum: Checksum | null;
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
  { onReceived, again }: SendOptions,
): Promise<UploadAnswer> {
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
      await pass(connection, content, onReceived);
      connection.upstream.setTimeout(ANSWER_MS);
      return await connection.answer;
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

async function pass(
  { upstream, answer }: Connection,
  { bytes, checksum }: UploadContent,
  onReceived: (received: number) => void,
): Promise<void> {
  const hash = checksum && createHash(checksum.algorithm);
  const early = answer.then(() => 'answered' as const);
  early.catch(() => {});
  const silence = new Silence();
  let held: Buffer | null = null;
  let received = 0;
  const unlessAnswered = async <T>(work: Promise<T>): Promise<T> => {
    const first = await Promise.race([work, early, silence.broken]);
    if (first === 'answered') throw new ProxyAnswered();
    return first;
  };
  const write = async (chunk: Buffer): Promise<void> => {
    if (!upstream.write(chunk)) await unlessAnswered(once(upstream, 'drain'));
    silence.heard();
  };
  try {
    const chunks = bytes.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
    for (;;) {
      const next = await unlessAnswered(chunks.next());
      if (next.done) break;
      const chunk = next.value as Buffer;
      hash?.update(chunk);
      received += chunk.length;
      onReceived(received);
      if (!hash) await write(chunk);
      else {
        if (held) await write(held);
        held = chunk;
      }
      silence.heard();
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'ECONNRESET' && !bytes.complete) throw interrupted(received);
    throw error;
  } finally {
    silence.end();
  }
  if (!bytes.complete) throw interrupted(received);
  if (hash && checksum && !hash.digest().equals(checksum.value)) throw uploadChecksumMismatch();
  if (held) upstream.write(held);
  upstream.end();
}

/** A client that says nothing is gone, though its connection stands. One timer for the whole upload. */
class Silence {
  #heardAt = Date.now();
  readonly #timer: NodeJS.Timeout;
  readonly broken: Promise<never>;

  constructor() {
    let reject: (reason: Error) => void = () => {};
    this.broken = new Promise<never>((_resolve, fail) => {
      reject = fail;
    });
    this.broken.catch(() => {});
    this.#timer = setInterval(() => {
      if (Date.now() - this.#heardAt < IDLE_MS) return;
      reject(uploadInterrupted(`Nothing came for ${IDLE_MS / 1000} seconds.`));
    }, IDLE_MS / 10);
  }

  heard(): void {
    this.#heardAt = Date.now();
  }

  end(): void {
    clearInterval(this.#timer);
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
