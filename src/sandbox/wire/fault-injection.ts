import { setTimeout as delay } from 'node:timers/promises';
import { LOST_AFTER, STOPPED_AT } from '../store/node-faults.js';
import { badRequest } from '../store/refusals.js';
import type { SqliteObjectStore } from '../store/sqlite-object-store.js';
import { StatusError } from '../store/status-error.js';
import { type ApiCall, readBody, sendJson } from './api-call.js';
import type { RequestInfo } from './request-info.js';
import type { WatchStreams } from './watch-stream.js';

/** One fault: which requests it meets, and what becomes of them. */
interface FaultRule {
  /** `virtualmachines.kubevirt.io`, or `virtualmachines/start.subresources.kubevirt.io`; every resource if absent. */
  resource?: string;
  /** Kubernetes verb; every verb if absent. */
  verb?: string;
  delayMilliseconds?: number;
  /** HTTP code to refuse with; the request goes on after the delay if absent. */
  code?: number;
  reason?: string;
  message?: string;
  retryAfterSeconds?: number;
  /** How many requests it meets before it is spent; without end if absent. */
  times?: number;
}

interface FaultRequest {
  rules?: FaultRule[];
  /** Ends open watches: of one resource, or all with `true`. */
  dropWatches?: string | true;
  /** Forgets past changes, so that watches of older revisions get 410. */
  compact?: boolean;
  /** Cuts nodes off: their kubelets say nothing more, and their guests go on unseen. */
  stopNodes?: string[];
  /** After how many seconds those count as lost; 40 unless said. */
  lostAfterSeconds?: number;
  /** Lets nodes be heard of again. */
  startNodes?: string[];
}

const REASONS: Record<number, string> = {
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

export const FAULTS_PATH = '/sandbox/faults';

/** Faults on demand, for tests: POST replaces the rules, GET shows them, DELETE takes them off. */
export class FaultInjection {
  private rules: FaultRule[] = [];

  constructor(
    private readonly store: SqliteObjectStore,
    private readonly watches: WatchStreams,
  ) {}

  async serve(call: ApiCall): Promise<void> {
    if (call.method === 'DELETE') this.rules = [];
    else if (call.method === 'POST') this.set((await readBody(call.raw)).toString('utf8'));
    else if (call.method !== 'GET')
      throw new StatusError(405, 'MethodNotAllowed', 'GET, POST and DELETE only', {});
    sendJson(call, 200, JSON.stringify({ rules: this.rules }));
  }

  /** Delays or refuses the request if a rule meets it. */
  async meet(info: RequestInfo): Promise<void> {
    if (!info.isResource || this.rules.length === 0) return;
    const plural = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
    const resource = info.group === '' ? plural : `${plural}.${info.group}`;
    const rule = this.rules.find(
      (one) =>
        (one.resource === undefined || one.resource === resource) &&
        (one.verb === undefined || one.verb === info.verb),
    );
    if (!rule) return;
    if (rule.times !== undefined && --rule.times <= 0) this.rules = this.rules.filter((one) => one !== rule);
    if (rule.delayMilliseconds) await delay(rule.delayMilliseconds);
    if (rule.code === undefined) return;
    throw new StatusError(
      rule.code,
      rule.reason ?? REASONS[rule.code] ?? 'InternalError',
      rule.message ?? 'injected fault',
      rule.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: rule.retryAfterSeconds },
    );
  }

  private set(text: string): void {
    let wanted: FaultRequest;
    try {
      wanted = JSON.parse(text) as FaultRequest;
    } catch (error) {
      throw badRequest(`faults: ${error instanceof Error ? error.message : error}`);
    }
    for (const name of wanted.stopNodes ?? []) {
      const after = wanted.lostAfterSeconds;
      this.annotateNode(name, {
        [STOPPED_AT]: new Date().toISOString(),
        ...(after === undefined ? {} : { [LOST_AFTER]: String(after) }),
      });
    }
    for (const name of wanted.startNodes ?? []) this.annotateNode(name, {});
    if (wanted.rules) this.rules = wanted.rules.map((rule) => ({ ...rule }));
    if (wanted.compact) this.store.compact();
    if (wanted.dropWatches) this.watches.drop(wanted.dropWatches === true ? undefined : wanted.dropWatches);
  }

  private annotateNode(name: string, stopped: Record<string, string>): void {
    const node = this.store.get('nodes', undefined, name);
    if (!node) throw badRequest(`faults: there is no node ${name}`);
    const { [STOPPED_AT]: _at, [LOST_AFTER]: _after, ...others } = node.metadata.annotations ?? {};
    const metadata = { ...node.metadata, annotations: { ...others, ...stopped } };
    this.store.update('nodes', { ...node, metadata });
  }
}
