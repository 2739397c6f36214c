import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { ImportError } from '../disk-images.js';
import { forbidden, type ImportAddressPolicy, isFilterRefusal } from './import-address.js';

export interface DownloadLimits {
  /** Until the connection stands and the first bytes of an answer are there. */
  firstByteMs: number;
  /** Without a single byte in the middle of the body. */
  stallMs: number;
  maxRedirects: number;
}

export interface Download {
  /** Throws ImportError when the connection breaks or stalls. */
  body: AsyncIterable<Buffer>;
  /** Bytes on the wire; undefined where the server does not say. */
  length: number | undefined;
  contentType: string;
  discard(): void;
}

const redirects = new Set([301, 302, 303, 307, 308]);

/** Opens the URL and follows redirects by hand, so that every hop is checked as the first one was. */
export async function openDownload(
  url: string,
  policy: ImportAddressPolicy,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<Download> {
  let target = policy.check(url);
  for (let hops = 0; ; hops += 1) {
    const response = await request(target, policy, limits, signal);
    const status = response.statusCode ?? 0;
    if (status === 200) {
      const length = Number(response.headers['content-length']);
      return {
        body: bytesOf(response, limits),
        length: Number.isSafeInteger(length) && length >= 0 ? length : undefined,
        contentType: (response.headers['content-type'] ?? '').replace(/;.*/s, '').trim().toLowerCase(),
        discard: () => response.destroy(),
      };
    }
    response.destroy();
    const location = response.headers.location;
    if (!redirects.has(status) || !location) {
      const reason = response.statusMessage || http.STATUS_CODES[status] || '';
      throw new ImportError(
        'http-status',
        `expected status code 200, got ${status}. Status: ${`${status} ${reason}`.trim()}`,
        status >= 500 || status === 408 || status === 429,
      );
    }
    if (hops >= limits.maxRedirects) {
      throw new ImportError('http-status', `stopped after ${limits.maxRedirects} redirects`, false);
    }
    target = policy.check(location, target);
  }
}

function request(
  url: URL,
  policy: ImportAddressPolicy,
  { firstByteMs }: DownloadLimits,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { agent, lookup } = policy.connectionFor(url);
    const timer = setTimeout(() => {
      outgoing.destroy(
        new ImportError('timeout', `${url.host} did not answer within ${firstByteMs} ms`, true),
      );
    }, firstByteMs);
    const outgoing = (url.protocol === 'https:' ? https : http).get(
      url,
      {
        agent,
        lookup,
        signal,
        headers: { 'user-agent': 'virtgate-importer', accept: '*/*', 'accept-encoding': 'identity' },
      },
      (response) => {
        clearTimeout(timer);
        response.on('error', () => undefined);
        resolve(response);
      },
    );
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(signal.aborted ? signal.reason : connectionError(error, url));
    });
  });
}

function connectionError(error: Error, url: URL): ImportError {
  if (error instanceof ImportError) {
    return error;
  }
  if (isFilterRefusal(error)) {
    return forbidden(`${url.hostname} leads to a private, loopback, link-local or metadata address`);
  }
  const { code } = error as NodeJS.ErrnoException;
  return new ImportError('unreachable', `${url.host} cannot be reached: ${error.message || code}`, true);
}

/** The clock only runs while a byte is waited for, so a slow disk is not taken for a slow server. */
async function* bytesOf(response: IncomingMessage, limits: DownloadLimits): AsyncGenerator<Buffer> {
  const iterator = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let patience = limits.firstByteMs;
  try {
    for (;;) {
      const timer = setTimeout(() => {
        response.destroy(new ImportError('timeout', `the download stalled for ${patience} ms`, true));
      }, patience);
      const { done, value } = await iterator.next().finally(() => clearTimeout(timer));
      if (done) {
        return;
      }
      patience = limits.stallMs;
      yield value;
    }
  } catch (error) {
    throw error instanceof ImportError || (error as Error).name === 'AbortError'
      ? error
      : new ImportError('unreachable', `the download broke off: ${(error as Error).message}`, true);
  } finally {
    response.destroy();
  }
}
