import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import { badRequest } from '../store/refusals.js';
import { StatusError } from '../store/status-error.js';
import type { User } from './extension.js';
import type { RequestInfo, ResourceRequestInfo } from './request-info.js';

/** One request on its way through the wire: known user, read path, and where to answer. */
export interface ApiCall {
  raw: IncomingMessage;
  response: ServerResponse;
  method: string;
  query: URLSearchParams;
  info: RequestInfo;
  user: User;
  /** Go out as `Warning: 299` headers of the answer. */
  warnings: string[];
}

export type ResourceCall = ApiCall & { info: ResourceRequestInfo };

/** As the API server's own limit (etcd's 1.5 MiB, doubled for the request). */
const BODY_LIMIT = 3 * 1024 * 1024;

/** What is still read (and thrown away) of a body that is too large, so that the client hears why. */
const DRAIN_LIMIT = 10 * BODY_LIMIT;

/** @throws StatusError 413 beyond 3 MiB. */
export function readBody(raw: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    raw.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else chunks.length = 0;
      if (size > DRAIN_LIMIT) raw.destroy();
    });
    raw.on('end', () => {
      if (size <= BODY_LIMIT) resolve(Buffer.concat(chunks));
      else
        reject(
          new StatusError(
            413,
            'RequestEntityTooLarge',
            `Request entity too large: limit is ${BODY_LIMIT}`,
            {},
          ),
        );
    });
    raw.on('error', reject);
    raw.on('aborted', () => reject(badRequest('the request was cut short')));
  });
}

export function header(raw: IncomingMessage, name: string): string | undefined {
  const value = raw.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The body of a refusal, in the form of `metav1.Status`. */
export function statusBody(error: StatusError): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.code,
  };
}

/** Any error as a refusal; what nobody foresaw is a 500 that tells its message only. */
export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

export const isPretty = (call: Pick<ApiCall, 'query' | 'raw'>): boolean => {
  const pretty = call.query.get('pretty');
  if (pretty !== null) return pretty === 'true' || pretty === '1';
  return /^(curl|Wget|Mozilla)/.test(header(call.raw, 'user-agent') ?? '');
};

/** Sends text as it is. */
export function send(call: ApiCall, code: number, type: string, body: string | Buffer): void {
  const { response } = call;
  if (response.headersSent || response.destroyed) return;
  response.statusCode = code;
  response.setHeader('Content-Type', type);
  response.setHeader('Cache-Control', 'no-cache, private');
  if (call.warnings.length > 0)
    response.setHeader(
      'Warning',
      call.warnings.map((warning) => `299 - ${JSON.stringify(warning.replace(/[^ -~]+/g, ' '))}`),
    );
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(call.method === 'HEAD' ? undefined : body);
}

/** Sends JSON text, as YAML or indented where the client wants it so. */
export function sendJson(call: ApiCall, code: number, json: string, yaml = false): void {
  if (yaml) {
    send(call, code, 'application/yaml', stringify(JSON.parse(json)));
    return;
  }
  const text = isPretty(call) ? `${JSON.stringify(JSON.parse(json), undefined, 2)}\n` : `${json}\n`;
  send(call, code, 'application/json', text);
}

export function sendError(call: ApiCall, error: unknown): void {
  const status = asStatusError(error);
  if (status.code === 403) call.response.setHeader('X-Content-Type-Options', 'nosniff');
  if (status.details?.retryAfterSeconds)
    call.response.setHeader('Retry-After', String(status.details.retryAfterSeconds));
  sendJson(call, status.code, JSON.stringify(statusBody(status)));
}

/** Reads a number of the query. @throws StatusError 400 in the words of Go's strconv. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

export function booleanOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text !== null && text !== 'false' && text !== '0';
}

/** @throws StatusError 400/422 for a `dryRun` that is neither absent nor `All`. */
export function isDryRun(query: URLSearchParams, inBody?: unknown): boolean {
  const values = [...query.getAll('dryRun'), ...(Array.isArray(inBody) ? inBody : [])].filter(
    (v) => v !== '',
  );
  for (const value of values)
    if (value !== 'All')
      throw new StatusError(
        422,
        'Invalid',
        `dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`,
        {},
      );
  return values.length > 0;
}
