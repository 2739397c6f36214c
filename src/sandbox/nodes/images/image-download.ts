import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { rootCertificates } from 'node:tls';
import { type ImageSource, ImportError } from '../disk-images.js';
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

/** How one request to an image's server goes out. */
export interface Fetching {
  policy: ImportAddressPolicy;
  limits: DownloadLimits;
  signal: AbortSignal;
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  /** Sent to the first origin only: a redirect elsewhere must not learn it. */
  authorization?: string;
  /** Authorities to trust besides the system's, PEM. */
  authorities?: string;
}

export const basicAuthorization = ({ credentials }: Pick<ImageSource, 'credentials'>): string | undefined =>
  credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;

/** Opens the URL and follows redirects by hand, so that every hop is checked as the first one was. */
export async function openDownload(url: string, fetching: Fetching): Promise<Download> {
  const response = await fetchFollowing(fetching.policy.check(url), fetching);
  const status = response.statusCode ?? 0;
  if (status !== 200) {
    response.destroy();
    throw unexpectedStatus(response);
  }
  return asDownload(response, fetching.limits);
}

export function asDownload(response: IncomingMessage, limits: DownloadLimits): Download {
  const length = Number(response.headers['content-length']);
  return {
    body: bytesOf(response, limits),
    length: Number.isSafeInteger(length) && length >= 0 ? length : undefined,
    contentType: (response.headers['content-type'] ?? '').replace(/;.*/s, '').trim().toLowerCase(),
    discard: () => response.destroy(),
  };
}

/** In the words of CDI's importer. */
export function unexpectedStatus(response: IncomingMessage): ImportError {
  const status = response.statusCode ?? 0;
  const reason = response.statusMessage || http.STATUS_CODES[status] || '';
  return new ImportError(
    'http-status',
    `expected status code 200, got ${status}. Status: ${`${status} ${reason}`.trim()}`,
    status >= 500 || status === 408 || status === 429,
  );
}

/** The last answer of a chain of redirects, whatever its status. */
export async function fetchFollowing(url: URL, fetching: Fetching): Promise<IncomingMessage> {
  let target = url;
  for (let hops = 0; ; hops += 1) {
    const isHome = target.origin === url.origin;
    const response = await request(target, isHome ? fetching : { ...fetching, authorization: undefined });
    const { location } = response.headers;
    if (!redirects.has(response.statusCode ?? 0) || !location) {
      return response;
    }
    response.destroy();
    if (hops >= fetching.limits.maxRedirects) {
      throw new ImportError('http-status', `stopped after ${fetching.limits.maxRedirects} redirects`, false);
    }
    target = fetching.policy.check(location, target);
  }
}

function request(url: URL, fetching: Fetching): Promise<IncomingMessage> {
  const { policy, limits, signal, method = 'GET', headers, authorization, authorities } = fetching;
  const { firstByteMs } = limits;
  return new Promise((resolve, reject) => {
    const { agent, lookup } = policy.connectionFor(url);
    const timer = setTimeout(() => {
      outgoing.destroy(
        new ImportError('timeout', `${url.host} did not answer within ${firstByteMs} ms`, true),
      );
    }, firstByteMs);
    const outgoing = (url.protocol === 'https:' ? https : http).request(
      url,
      {
        agent,
        lookup,
        signal,
        method,
        ...(authorities ? { ca: [...rootCertificates, authorities] } : {}),
        headers: {
          'user-agent': 'virtgate-importer',
          accept: '*/*',
          'accept-encoding': 'identity',
          ...headers,
          ...(authorization ? { authorization } : {}),
        },
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
    outgoing.end();
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
