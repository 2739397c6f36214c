import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
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

/**
 * Sends an image to CDI's upload proxy as it comes: what the proxy does not take, the client is not asked for. Where a
 * checksum was given, the last piece is held back until it is known to be right, so that what arrived damaged never
 * becomes a disk. `onReceived` is told the bytes so far. Throws upload.interrupted, upload.checksum_mismatch,
 * upload.unavailable; a refusal of the proxy is an answer.
 */
export async function sendToUploadProxy(
  { url, ca, token }: UploadProxyAddress,
  { bytes, length, checksum }: UploadContent,
  onReceived: (received: number) => void,
): Promise<UploadAnswer> {
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
  try {
    const early = answer.then(() => 'answered' as const);
    early.catch(() => {});
    await pass(upstream, { bytes, length, checksum }, early, onReceived);
    upstream.setTimeout(ANSWER_MS);
    return await answer;
  } catch (error) {
    if (error instanceof ProxyAnswered) return await answer;
    throw error;
  } finally {
    upstream.destroy();
  }
}

/** The proxy has said what it thinks before it had everything. */
class ProxyAnswered extends Error {}

async function pass(
  upstream: ClientRequest,
  { bytes, checksum }: UploadContent,
  early: Promise<'answered'>,
  onReceived: (received: number) => void,
): Promise<void> {
  const hash = checksum && createHash(checksum.algorithm);
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
