import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { Failure } from '../../kernel/failure.js';
import { currentContext } from '../context/request-context.js';
import type { Impersonation } from './cluster-client.js';
import type { ClusterAccess, ClusterCredentials } from './cluster-credentials.js';
import { clusterAnswerTooLong, clusterTimeout, clusterUnavailable } from './cluster-failures.js';
import { impersonationHeaders } from './impersonation-headers.js';

export interface TransportOptions {
  /** Milliseconds for TCP and TLS together. Default 5 s. */
  connectTimeout?: number;
  /** Milliseconds from sending a request to the last byte of its answer. Default 15 s. */
  answerTimeout?: number;
  /** Connections kept at once for ordinary requests; watches have their own. Default 32. */
  connections?: number;
}

export interface WireRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's address, already encoded. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: { type: string; data: string };
  as?: Impersonation;
  signal?: AbortSignal;
  /** Overrides the answer timeout. */
  timeout?: number;
  /** Bytes; a longer answer is not taken: cluster.answer_too_long. */
  maxAnswer?: number;
}

export interface WireAnswer {
  status: number;
  contentType: string | null;
  /** Seconds, from `Retry-After`. */
  retryAfter?: number;
  body: Buffer;
}

export interface WireStream {
  status: number;
  contentType: string | null;
  retryAfter?: number;
  body: Dispatcher.ResponseData['body'];
}

const RETRY_DELAYS = [100, 400];
const MAX_ANSWER = 256 * 1024 * 1024;

interface Pools {
  fingerprint: string;
  requests: Agent;
  streams: Agent;
}

/**
 * Bytes to and from the API server: one keep-alive pool over HTTP/1.1, every header written here. Knows no kinds;
 * an answer of any status is an answer. Throws cluster.unavailable and cluster.timeout only.
 */
export class ClusterTransport {
  private pools: Pools | null = null;
  private readonly connectTimeout: number;
  private readonly answerTimeout: number;
  private readonly connections: number;

  constructor(
    private readonly credentials: ClusterCredentials,
    options: TransportOptions = {},
  ) {
    this.connectTimeout = options.connectTimeout ?? 5_000;
    this.answerTimeout = options.answerTimeout ?? 15_000;
    this.connections = options.connections ?? 32;
  }

  /** Reads are repeated twice when the connection fails; writes never, since nobody knows whether they arrived. */
  async send(wire: WireRequest): Promise<WireAnswer> {
    const delays = wire.method === 'GET' ? RETRY_DELAYS : [];
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.once(wire);
        if (answer.status !== 401 || attempt > 0) return answer;
        // Not carried out, so even a write may be sent again, with a credential that is read anew.
        this.credentials.forget();
        return await this.once(wire);
      } catch (error) {
        const delay = delays[attempt];
        const lost = error instanceof Failure && error.definition === clusterUnavailable.definition;
        if (!lost || delay === undefined) throw error;
        await sleep(delay, undefined, { signal: wire.signal });
      }
    }
  }

  /** An answer that is read as it comes (watches). No limit of time; `idleTimeout` milliseconds between bytes. */
  async open(wire: WireRequest & { idleTimeout: number }): Promise<WireStream> {
    try {
      const access = await this.access();
      const response = await request(address(access, wire), {
        ...this.common(access, wire),
        dispatcher: this.dispatchers(access).streams,
        headersTimeout: wire.timeout ?? this.answerTimeout,
        bodyTimeout: wire.idleTimeout,
        signal: wire.signal,
      });
      if (response.statusCode === 401) this.credentials.forget();
      return { status: response.statusCode, body: response.body, ...headersOf(response) };
    } catch (error) {
      throw transportFailure(error, wire.signal);
    }
  }

  /** Present address and credentials, for connections that are not plain HTTP. */
  async access(): Promise<ClusterAccess> {
    try {
      return await this.credentials.current();
    } catch (cause) {
      throw clusterUnavailable('The configuration of the cluster cannot be used.', { cause });
    }
  }

  /** The credentials were not accepted: the next request reads them anew. */
  forgetCredentials(): void {
    this.credentials.forget();
  }

  async close(): Promise<void> {
    const pools = this.pools;
    this.pools = null;
    await Promise.all([pools?.requests.destroy(), pools?.streams.destroy()]);
  }

  private async once(wire: WireRequest): Promise<WireAnswer> {
    const timeout = wire.timeout ?? this.answerTimeout;
    const deadline = AbortSignal.timeout(timeout);
    const signal = wire.signal ? AbortSignal.any([wire.signal, deadline]) : deadline;
    try {
      const access = await this.access();
      if (wire.method !== 'GET') currentContext()?.assertHeld?.();
      const response = await request(address(access, wire), {
        ...this.common(access, wire),
        dispatcher: this.dispatchers(access).requests,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal,
      });
      const body = await bytesOf(response.body, wire.maxAnswer);
      return { status: response.statusCode, body, ...headersOf(response) };
    } catch (error) {
      throw transportFailure(error, wire.signal);
    }
  }

  private common(access: ClusterAccess, wire: WireRequest) {
    const headers = ['accept', 'application/json', 'user-agent', 'virtgate'];
    if (access.authorization) headers.push('authorization', access.authorization);
    if (wire.body) headers.push('content-type', wire.body.type);
    for (const pair of impersonationHeaders(wire.as)) headers.push(...pair);
    return { method: wire.method, headers, body: wire.body?.data ?? null };
  }

  private dispatchers(access: ClusterAccess): Pools {
    if (this.pools?.fingerprint === access.fingerprint) return this.pools;
    const old = this.pools;
    const make = (connections: number | null) =>
      new Agent({
        connections,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: 30_000,
        maxResponseSize: connections === null ? -1 : MAX_ANSWER,
        connect: {
          ...access.tls,
          timeout: this.connectTimeout,
          keepAlive: true,
          keepAliveInitialDelay: 20_000,
        },
      });
    this.pools = {
      fingerprint: access.fingerprint,
      requests: make(this.connections),
      streams: make(null),
    };
    void old?.requests.close().catch(() => {});
    void old?.streams.destroy().catch(() => {});
    return this.pools;
  }
}

async function bytesOf(body: Dispatcher.ResponseData['body'], max: number | undefined): Promise<Buffer> {
  if (max === undefined) return Buffer.from(await body.arrayBuffer());
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop ends the connection: the rest is not waited for.
    if (length > max) throw clusterAnswerTooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function address(access: ClusterAccess, wire: WireRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wire.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return `${access.server}${wire.path}${text && `?${text}`}`;
}

function headersOf({ headers }: Dispatcher.ResponseData) {
  const type = headers['content-type'];
  const retry = Number(headers['retry-after']);
  return {
    contentType: typeof type === 'string' ? type : null,
    retryAfter: Number.isFinite(retry) && retry >= 0 ? retry : undefined,
  };
}

const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** The caller's own abort stays what it was; everything else becomes a failure of the cluster. */
export function transportFailure(error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof Failure) return error;
  if (signal?.aborted) return signal.reason;
  const { name, code } = error as { name?: string; code?: string };
  if (code === 'UND_ERR_INVALID_ARG') return error;
  const details = { status: 0, reason: code ?? name ?? null, message: null, causes: [] };
  if (name === 'TimeoutError' || (code && TIMEOUTS.has(code)))
    return clusterTimeout(undefined, { cause: error, details });
  return clusterUnavailable(undefined, { cause: error, details });
}
