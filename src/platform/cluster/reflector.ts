import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../kernel/failure.js';
import type { KubeObject } from '../../kubevirt-types/kube-object.js';
import { Backoff, type BackoffLimits, DEFAULT_BACKOFF } from './backoff.js';
import { clusterExpired, clusterNotServed, clusterTimeout, clusterUnavailable } from './cluster-failures.js';
import type { ClusterLogger } from './cluster-logger.js';
import { clusterFailureDetails } from './status-to-failure.js';
import type { Selection, WatchApi } from './watch-api.js';

/** Where a reflector writes. Calls must not throw. */
export interface ReflectorSink {
  apply(object: KubeObject): void;
  remove(namespace: string, name: string): void;
  /** A complete list has been applied; `listed` is namespace -> names. */
  finishList(listed: ReadonlyMap<string, ReadonlySet<string>>): void;
  /** The cluster was heard at this moment. */
  heard(): void;
}

/** For metrics. `lag` and rates are the listener's business. */
export type ReflectorEvent = 'list' | 'set' | 'delete' | 'bookmark' | 'watch' | 'expired' | 'error';

export interface ReflectorOptions {
  /** Objects per page of a list. */
  pageSize: number;
  /** Seconds that one watch is asked to last: a random number between the two. */
  watchSeconds: readonly [number, number];
  /** Milliseconds without a byte after which a watch counts as dead; servers send a bookmark about every minute. */
  idleTimeout: number;
  /** Milliseconds after which a kind that the cluster lacked is looked for again. */
  absentRetry: number;
  backoff: BackoffLimits;
  onEvent?: (plural: string, event: ReflectorEvent) => void;
}

export const DEFAULT_REFLECTOR: ReflectorOptions = {
  pageSize: 500,
  watchSeconds: [300, 600],
  idleTimeout: 100_000,
  absentRetry: 60_000,
  backoff: DEFAULT_BACKOFF,
};

/**
 * Keeps sinks equal to what the cluster has: list, then watch from there, for ever. Ends only by `stop`; no answer of
 * the cluster and no broken connection can end it.
 */
export class Reflector {
  private readonly ending = new AbortController();
  private readonly backoff: Backoff;
  private running: Promise<void> | null = null;
  /** From where to watch; null when a list is due. */
  private resourceVersion: string | null = null;
  private complainedAt = 0;

  constructor(
    private readonly api: WatchApi,
    private readonly source: Selection & { optional: boolean },
    private readonly sinks: readonly ReflectorSink[],
    private readonly options: ReflectorOptions,
    private readonly logger: ClusterLogger,
  ) {
    this.backoff = new Backoff(options.backoff);
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        if (this.resourceVersion === null) await this.list();
        await this.watch();
      } catch (error) {
        if (signal.aborted) return;
        await sleep(this.recover(error), undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }

  private async list(): Promise<void> {
    try {
      await this.listPages(this.options.pageSize);
    } catch (error) {
      if (!isExpired(error)) throw error;
      // A list too slow for its own pages is asked for in one piece.
      await this.listPages(0);
    }
    this.tell('list');
  }

  private async listPages(pageSize: number): Promise<void> {
    const listed = new Map<string, Set<string>>();
    let next = '';
    let resourceVersion = '';
    do {
      const page = await this.api.page(this.source, pageSize, next, this.ending.signal);
      for (const object of page.items) {
        const { namespace = '', name } = object.metadata;
        const names = listed.get(namespace) ?? new Set();
        listed.set(namespace, names.add(name));
        for (const sink of this.sinks) sink.apply(object);
      }
      this.heard();
      next = page.next;
      resourceVersion = page.resourceVersion;
    } while (next);
    for (const sink of this.sinks) sink.finishList(listed);
    this.resourceVersion = resourceVersion;
  }

  private async watch(): Promise<void> {
    const [least, most] = this.options.watchSeconds;
    const { idleTimeout } = this.options;
    const startedAt = Date.now();
    let heard = false;
    this.tell('watch');
    const events = this.api.watch(this.source, {
      resourceVersion: this.resourceVersion as string,
      timeoutSeconds: Math.round(least + Math.random() * (most - least)),
      idleTimeout,
      signal: this.ending.signal,
    });
    for await (const event of events) {
      heard = true;
      this.backoff.reset();
      this.heard();
      if (event.type === 'BOOKMARK') {
        this.resourceVersion = event.resourceVersion || this.resourceVersion;
        this.tell('bookmark');
        continue;
      }
      const { metadata } = event.object;
      if (event.type === 'DELETED') {
        for (const sink of this.sinks) sink.remove(metadata.namespace ?? '', metadata.name);
        this.tell('delete');
      } else {
        for (const sink of this.sinks) sink.apply(event.object);
        this.tell('set');
      }
      this.resourceVersion = metadata.resourceVersion ?? this.resourceVersion;
    }
    // A server that ends watches at once must not be asked in a tight loop.
    if (!heard && Date.now() - startedAt < 1_000) {
      throw clusterUnavailable('The watch ended at once.');
    }
    this.heard();
    this.backoff.reset();
  }

  /** What an error means for the next round; the answer is how many milliseconds to wait. */
  private recover(error: unknown): number {
    const { plural } = this.source.kind;
    if (isExpired(error)) {
      this.resourceVersion = null;
      this.tell('expired');
      return this.backoff.next(false);
    }
    if (this.source.optional && is(error, clusterNotServed.definition.code)) {
      this.resourceVersion = null;
      for (const sink of this.sinks) sink.finishList(new Map());
      this.heard();
      return this.options.absentRetry * (0.9 + Math.random() * 0.2);
    }
    if (is(error, clusterTimeout.definition.code) && this.resourceVersion !== null) {
      this.logger.debug({ kind: plural }, 'A watch was silent and is opened again');
      return this.backoff.next(true);
    }
    const unreachable =
      is(error, clusterUnavailable.definition.code) && !clusterFailureDetails(error)?.status;
    const asked = error instanceof Failure ? (error.retryAfter ?? 0) * 1_000 : 0;
    const wait = Math.min(Math.max(this.backoff.next(unreachable), asked), this.options.backoff.ceiling);
    this.tell('error');
    this.complain(error, wait);
    return wait;
  }

  /** Once at the beginning of a trouble and every minute of it: an outage must not fill the log. */
  private complain(error: unknown, wait: number): void {
    const level = Date.now() - this.complainedAt > 60_000 ? 'warn' : 'debug';
    if (level === 'warn') this.complainedAt = Date.now();
    const fields = { err: error, kind: this.source.kind.plural, waitMs: Math.round(wait) };
    this.logger[level](fields, 'Watching the cluster failed');
  }

  private heard(): void {
    if (this.complainedAt > 0) {
      this.complainedAt = 0;
      this.logger.info({ kind: this.source.kind.plural }, 'Watching the cluster works again');
    }
    for (const sink of this.sinks) sink.heard();
  }

  private tell(event: ReflectorEvent): void {
    this.options.onEvent?.(this.source.kind.plural, event);
  }
}

function is(error: unknown, code: string): boolean {
  return error instanceof Failure && error.code === code;
}

/** Also a revision from the future: the cluster was restored from an older copy. */
function isExpired(error: unknown): boolean {
  if (is(error, clusterExpired.definition.code)) return true;
  const details = clusterFailureDetails(error);
  return /too large resource version/i.test(details?.message ?? '');
}
