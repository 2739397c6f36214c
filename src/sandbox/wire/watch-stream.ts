import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../store/kube-object.js';
import type { StoreEvent } from '../store/object-store.js';
import { groupVersion, type ResourceKind } from '../store/resource-kind.js';
import type { SqliteObjectStore } from '../store/sqlite-object-store.js';
import { StatusError } from '../store/status-error.js';
import { booleanOf, integerOf, type ResourceCall, statusBody } from './api-call.js';
import { expired } from './list-page.js';
import { contentType, type Representation, renderObject } from './representation.js';
import { readSelector, type Selector } from './selectors.js';

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

const BOOKMARK_EVERY = 30_000;
const MIN_TIMEOUT = 1800;
/** A client that lags behind by this many bytes is let go; it resumes from its last revision. */
const BACKLOG_LIMIT = 32 * 1024 * 1024;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Lines already made for an event, so that a thousand watchers of one form cost one serialisation. */
const lines = new WeakMap<StoreEvent, Map<string, string>>();

interface Watcher {
  kind: ResourceKind;
  namespace: string | undefined;
  name: string | undefined;
  selector: Selector | undefined;
  as: Representation;
  response: ServerResponse;
  bookmarks: boolean;
  sentColumns: boolean;
  /** Newest revision told, or known to hold nothing for this watcher. */
  revision: number;
}

/** Every open watch, fed by one subscription to the store. */
export class WatchStreams {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private readonly unsubscribe: () => void;
  private readonly bookmarkTimer: NodeJS.Timeout;

  constructor(
    private readonly store: SqliteObjectStore,
    private readonly clock: { now(): Date },
  ) {
    this.unsubscribe = store.subscribe((event) => {
      for (const watcher of this.watchers.get(event.resource) ?? []) this.tell(watcher, event);
    });
    this.bookmarkTimer = setInterval(() => this.bookmarkAll(), BOOKMARK_EVERY);
    this.bookmarkTimer.unref();
  }

  close(): void {
    this.unsubscribe();
    clearInterval(this.bookmarkTimer);
    this.drop();
  }

  /** Ends all watches, or those of one resource; clients come back by themselves. */
  drop(resource?: string): void {
    for (const [name, watchers] of this.watchers)
      if (resource === undefined || name === resource)
        for (const watcher of [...watchers]) watcher.response.end();
  }

  /** Serves a watch until its timeout or until the client goes. */
  serve(call: ResourceCall, kind: ResourceKind, as: Representation): void {
    const { query, info, response } = call;
    const initial = query.get('sendInitialEvents');
    const watcher: Watcher = {
      kind,
      namespace: kind.namespaced ? info.namespace : undefined,
      name: info.name,
      selector: readSelector(kind.resource, query),
      as,
      response,
      bookmarks: booleanOf(query, 'allowWatchBookmarks'),
      sentColumns: false,
      revision: this.store.revision,
    };
    const asked = integerOf(query, 'resourceVersion');
    const timeout = integerOf(query, 'timeoutSeconds') ?? MIN_TIMEOUT * (1 + Math.random());
    if (initial !== null && query.get('resourceVersionMatch') !== 'NotOlderThan')
      throw new StatusError(
        422,
        'Invalid',
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        {},
      );
    response.statusCode = 200;
    response.setHeader('Content-Type', contentType(as));
    response.setHeader('Cache-Control', 'no-cache, private');
    response.flushHeaders();
    const wholeState = initial === 'true' || (initial === null && (asked === undefined || asked === 0));
    const missed = wholeState ? [] : this.missed(asked);
    if (missed === undefined) {
      const error = expired(`too old resource version: ${asked} (${this.store.revision})`);
      response.end(`${JSON.stringify({ type: 'ERROR', object: statusBody(error) })}\n`);
      return;
    }
    if (wholeState) this.tellState(watcher);
    for (const event of missed) if (event.resource === kind.resource) this.tell(watcher, event);
    if (initial === 'true' && watcher.bookmarks) this.bookmark(watcher, { [INITIAL_EVENTS_END]: 'true' });
    this.keep(watcher, timeout);
  }

  private missed(asked: number | undefined): readonly StoreEvent[] | undefined {
    const revision = asked || this.store.revision;
    // A revision of the future was made by a store that is gone: the client must list again.
    return revision > this.store.revision ? undefined : this.store.changesSince(revision);
  }

  private keep(watcher: Watcher, timeout: number): void {
    const { response, kind } = watcher;
    const watchers = this.watchers.get(kind.resource) ?? new Set();
    watchers.add(watcher);
    this.watchers.set(kind.resource, watchers);
    const timer = setTimeout(() => {
      if (watcher.bookmarks) this.bookmark(watcher);
      response.end();
    }, timeout * 1000);
    const forget = () => {
      clearTimeout(timer);
      watchers.delete(watcher);
    };
    response.on('close', forget);
    response.on('finish', forget);
    response.on('error', forget);
  }

  private tellState(watcher: Watcher): void {
    for (const object of this.store.list(watcher.kind.resource, watcher.namespace))
      if (this.wants(watcher, object)) this.write(watcher, this.line(watcher, 'ADDED', object));
  }

  private tell(watcher: Watcher, event: StoreEvent): void {
    watcher.revision = event.revision;
    const is = event.type !== 'DELETED' && this.wants(watcher, event.object);
    const was = event.type !== 'ADDED' && this.wants(watcher, event.previous ?? event.object);
    if (!is && !was) return;
    const type: EventType = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
    const { form, version, metaVersion, include } = watcher.as;
    const columns = form === 'table' && !watcher.sentColumns;
    const key = [type, form, version, metaVersion, include, columns].join();
    let made = lines.get(event);
    if (!made) {
      made = new Map();
      lines.set(event, made);
    }
    let line = made.get(key);
    if (line === undefined) {
      line = this.line(watcher, type, event.object);
      made.set(key, line);
    }
    watcher.sentColumns ||= columns;
    this.write(watcher, line);
  }

  private line(watcher: Watcher, type: EventType, object: KubeObject): string {
    const columns = watcher.as.form === 'table' && !watcher.sentColumns;
    watcher.sentColumns ||= columns;
    const text = renderObject(watcher.kind, object, watcher.as, this.clock.now(), columns);
    return `{"type":"${type}","object":${text}}\n`;
  }

  private wants(watcher: Watcher, object: KubeObject): boolean {
    return (
      (watcher.namespace === undefined || object.metadata.namespace === watcher.namespace) &&
      (watcher.name === undefined || object.metadata.name === watcher.name) &&
      (watcher.selector?.(object) ?? true)
    );
  }

  private write(watcher: Watcher, line: string): void {
    const { response } = watcher;
    if (response.writableEnded || response.destroyed) return;
    response.write(line);
    if (response.writableLength > BACKLOG_LIMIT) response.destroy();
  }

  private bookmarkAll(): void {
    for (const watchers of this.watchers.values())
      for (const watcher of watchers) if (watcher.bookmarks) this.bookmark(watcher);
  }

  private bookmark(watcher: Watcher, annotations?: Record<string, string>): void {
    const { kind, as } = watcher;
    const object = {
      kind: kind.kind,
      apiVersion: groupVersion(kind.group, as.version),
      metadata: {
        resourceVersion: String(this.store.revision),
        creationTimestamp: null,
        ...(annotations ? { annotations } : {}),
      },
    };
    const told =
      as.form === 'object'
        ? object
        : JSON.parse(renderObject(kind, object as unknown as KubeObject, as, this.clock.now(), false));
    this.write(watcher, `${JSON.stringify({ type: 'BOOKMARK', object: told })}\n`);
  }
}
