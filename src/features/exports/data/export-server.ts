import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Agent, request } from 'undici';
import { exportRefused, exportUnreachable } from '../domain/failures.js';
import type { ExportLink, ObservedExport } from '../domain/observed.js';

/** Header of KubeVirt's export server; it would also take the token in the query, where logs are. */
const TOKEN_HEADER = 'x-kubevirt-export-token';
/** Milliseconds to connect. Inside of the cluster an address that does not answer is one that is not for us. */
const CONNECT_MS = 3_000;
const HEADERS_MS = 30_000;
/** The longest silence of a server that is being read. */
const IDLE_MS = 60_000;
const UNREACHABLE_FOR_MS = 60_000;
/** What is read ahead of the client, in bytes. */
const READ_AHEAD = 512 * 1024;

export interface ExportAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Bytes as they come. Must be read to its end or destroyed. */
  body: Readable;
}

export interface ExportQuestion {
  url: (link: ExportLink) => string | undefined;
  token: string;
  range?: string | null;
  accept?: string;
  signal?: AbortSignal;
}

/**
 * The export servers of the cluster, over TLS that trusts only the authorities that the export itself names. The
 * address inside of the cluster comes first; where it cannot be reached, the one outside.
 */
@Injectable()
export class ExportServer implements OnApplicationShutdown {
  readonly #logger = new Logger(ExportServer.name);
  readonly #agents = new LRUCache<string, Agent>({
    max: 64,
    dispose: (agent) => void agent.close().catch(() => {}),
  });
  readonly #unreachable = new LRUCache<string, true>({ max: 1000, ttl: UNREACHABLE_FOR_MS });

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy().catch(() => {})));
  }

  /** Answers 200, 206 and 416 as they are; throws export.unreachable and export.refused. */
  async ask({ internal, external }: ObservedExport, question: ExportQuestion): Promise<ExportAnswer> {
    const ways = [internal, external].flatMap((link) => {
      const address = link && question.url(link);
      return link && address && URL.canParse(address) ? [{ link, address: new URL(address) }] : [];
    });
    const fresh = ways.filter(({ address }) => !this.#unreachable.has(address.host));
    let cause: unknown;
    for (const { link, address } of fresh.length > 0 ? fresh : ways) {
      // The token goes nowhere in the clear.
      if (address.protocol !== 'https:') continue;
      try {
        return await this.#fetch(link, address, question);
      } catch (error) {
        if (question.signal?.aborted || !isConnectionFault(error)) throw error;
        cause = error;
        this.#unreachable.set(address.host, true);
        this.#logger.debug({ host: address.host, error: (error as Error).message });
      }
    }
    throw exportUnreachable(undefined, { cause });
  }

  async #fetch(link: ExportLink, address: URL, question: ExportQuestion): Promise<ExportAnswer> {
    const { token, range, accept, signal } = question;
    const { statusCode, headers, body } = await request(address, {
      dispatcher: this.#agentOf(link.cert),
      method: 'GET',
      headers: {
        [TOKEN_HEADER]: token,
        'user-agent': 'virtgate',
        'accept-encoding': 'identity',
        accept: accept ?? '*/*',
        ...(range ? { range } : {}),
      },
      signal,
      headersTimeout: HEADERS_MS,
      bodyTimeout: IDLE_MS,
      highWaterMark: READ_AHEAD,
    });
    if (statusCode === 200 || statusCode === 206 || statusCode === 416) {
      return { status: statusCode, headers, body };
    }
    body.on('error', () => {}).destroy();
    throw exportRefused(`The export server of the cluster answered ${statusCode}.`);
  }

  #agentOf(cert: string): Agent {
    const key = createHash('sha256').update(cert).digest('base64');
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new Agent({
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: 10_000,
      // One download does not wait for another.
      connections: null,
      connect: { ...(cert === '' ? {} : { ca: cert }), timeout: CONNECT_MS, keepAlive: true },
    });
    this.#agents.set(key, agent);
    return agent;
  }
}

const CONNECTION_FAULTS = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_SIGNATURE_FAILURE',
]);

const isConnectionFault = (error: unknown): boolean =>
  CONNECTION_FAULTS.has(String((error as { code?: unknown }).code));
