import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, request } from 'undici';
import { importSourceTimeout, importSourceUnavailable } from './import-failures.js';
import type { SourceAccess } from './import-policy.js';

export interface SourceHeaders {
  status: number;
  contentLength: number | null;
  contentType: string | null;
  /** Where a redirect leads; null where there is none. */
  location: string | null;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * HEAD, and where the source does not like it (signed addresses are signed for one method) a GET of the first byte. No
 * name is resolved: the connection goes to one of `addresses`, so what was checked is what is asked.
 */
export async function askHeaders(
  url: URL,
  addresses: readonly string[],
  signal: AbortSignal,
  { credentials, certificates }: SourceAccess = {},
): Promise<SourceHeaders> {
  const authorization = credentials
    ? `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
    : undefined;
  const agent = new Agent({
    connections: 1,
    allowH2: false,
    connect: {
      lookup: pinned(addresses),
      autoSelectFamily: addresses.length > 1,
      ...(certificates && { ca: [...rootCertificates, certificates] }),
    },
  });
  try {
    const head = await ask(agent, url, 'HEAD', signal, authorization);
    return head.status < 400 ? head : await ask(agent, url, 'GET', signal, authorization);
  } catch (cause) {
    if (signal.aborted) throw importSourceTimeout(undefined, { cause });
    const { code } = cause as { code?: string };
    throw importSourceUnavailable(`The source cannot be reached${code ? ` (${code})` : ''}.`, { cause });
  } finally {
    void agent.destroy().catch(() => {});
  }
}

async function ask(
  agent: Agent,
  url: URL,
  method: 'HEAD' | 'GET',
  signal: AbortSignal,
  authorization: string | undefined,
): Promise<SourceHeaders> {
  const response = await request(url, {
    method,
    dispatcher: agent,
    signal,
    headers: {
      'user-agent': 'virtgate',
      'accept-encoding': 'identity',
      ...(authorization !== undefined && { authorization }),
      ...(method === 'GET' && { range: 'bytes=0-0' }),
    },
  });
  // The image itself is not wanted here.
  response.body.on('error', () => {}).destroy();
  return read(response);
}

function read({ statusCode, headers }: Dispatcher.ResponseData): SourceHeaders {
  const one = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : null;
  };
  const total = /\/(\d+)$/.exec(one('content-range') ?? '')?.[1];
  const partial = statusCode === 206 || statusCode === 416;
  const length = Number((partial ? total : one('content-length')) ?? Number.NaN);
  // 416 to the first byte: there is none, the file is empty.
  const status = statusCode === 206 || (statusCode === 416 && total === '0') ? 200 : statusCode;
  return {
    status,
    contentLength: Number.isSafeInteger(length) && length >= 0 ? length : null,
    contentType: one('content-type'),
    location: REDIRECTS.has(statusCode) ? one('location') : null,
  };
}

function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_host, options, callback) => {
    const [first] = all;
    if (options.all) callback(null, all);
    else if (first) callback(null, first.address, first.family);
  };
}
