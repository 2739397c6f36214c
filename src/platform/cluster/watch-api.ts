import split2 from 'split2';
import type { KubeObject } from '../../kubevirt-types/kube-object.js';
import type { ApiDiscovery } from './api-discovery.js';
import type { ResourceKind } from './cluster-client.js';
import { clusterNotServed } from './cluster-failures.js';
import { type ClusterTransport, transportFailure } from './cluster-transport.js';
import { resourcePath } from './resource-path.js';
import { toFailure } from './status-to-failure.js';

export interface Selection {
  kind: ResourceKind;
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface ListPage {
  items: KubeObject[];
  resourceVersion: string;
  /** Token for the next page; empty where this was the last. */
  next: string;
}

export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject }
  | { type: 'BOOKMARK'; resourceVersion: string };

const MAX_LINE = 16 * 1024 * 1024;

/**
 * List and watch of a kind under virtgate's own identity. managedFields and the last-applied annotation, most of an
 * object's size and a copy of what it may hide, never leave this file.
 */
export class WatchApi {
  constructor(
    private readonly transport: ClusterTransport,
    private readonly discovery: ApiDiscovery,
  ) {}

  /** One page of at most `limit` objects; 0 is no limit. Throws cluster.expired when `next` is too old. */
  async page(selection: Selection, limit: number, next: string, signal?: AbortSignal): Promise<ListPage> {
    const answer = await this.transport.send({
      method: 'GET',
      path: await this.path(selection),
      query: {
        labelSelector: selection.labelSelector,
        fieldSelector: selection.fieldSelector,
        limit: limit || undefined,
        continue: next || undefined,
      },
      timeout: 60_000,
      signal,
    });
    const text = answer.body.toString();
    if (answer.status !== 200) this.fail(selection, 'list', answer.status, text, answer);
    const list = JSON.parse(text) as {
      apiVersion: string;
      kind: string;
      metadata?: { resourceVersion?: string; continue?: string };
      items?: KubeObject[] | null;
    };
    const items = list.items ?? [];
    // Items of a list do not say what they are.
    for (const item of items) slim(item, list.apiVersion, selection.kind.kind);
    return {
      items,
      resourceVersion: list.metadata?.resourceVersion ?? '',
      next: list.metadata?.continue ?? '',
    };
  }

  /** All objects, page by page. */
  async *list(selection: Selection, limit = 500, signal?: AbortSignal): AsyncGenerator<KubeObject> {
    let next = '';
    do {
      const page = await this.page(selection, limit, next, signal);
      yield* page.items;
      next = page.next;
    } while (next);
  }

  /**
   * Events after `resourceVersion` until the server ends the watch, which is not an error. Throws cluster.expired for
   * 410 in either form, cluster.timeout after `idleTimeout` milliseconds without a byte.
   */
  async *watch(
    selection: Selection,
    options: { resourceVersion: string; timeoutSeconds: number; idleTimeout: number; signal: AbortSignal },
  ): AsyncGenerator<WatchEvent> {
    const stream = await this.transport.open({
      method: 'GET',
      path: await this.path(selection),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        timeoutSeconds: options.timeoutSeconds,
        labelSelector: selection.labelSelector,
        fieldSelector: selection.fieldSelector,
      },
      idleTimeout: options.idleTimeout,
      signal: options.signal,
    });
    if (stream.status !== 200) {
      this.fail(selection, 'watch', stream.status, await stream.body.text(), stream);
    }
    const lines = split2({ maxLength: MAX_LINE });
    stream.body.on('error', (error) => lines.destroy(error)).pipe(lines);
    try {
      for await (const line of lines) {
        const event = this.event(selection, line as string);
        if (event) yield event;
      }
    } catch (error) {
      throw transportFailure(error, options.signal);
    } finally {
      stream.body.on('error', () => {}).destroy();
      lines.destroy();
    }
  }

  private event(selection: Selection, line: string): WatchEvent | null {
    if (line === '') return null;
    const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        slim(object, object.apiVersion, selection.kind.kind);
        return { type, object };
      case 'BOOKMARK':
        return { type, resourceVersion: object.metadata.resourceVersion ?? '' };
      case 'ERROR': {
        const status = object as unknown as { code?: number };
        this.fail(selection, 'watch', status.code ?? 500, JSON.stringify(object), {
          contentType: 'application/json',
        });
      }
    }
    return null;
  }

  private async path({ kind, namespace }: Selection): Promise<string> {
    return resourcePath(kind, await this.discovery.versionOf(kind), namespace ?? null);
  }

  private fail(
    { kind }: Selection,
    verb: string,
    status: number,
    body: string,
    answer: { contentType: string | null; retryAfter?: number },
  ): never {
    const context = { verb, resource: kind.plural, retryAfter: answer.retryAfter };
    const failure = toFailure(status, body, answer.contentType, context);
    if (failure.definition === clusterNotServed.definition) this.discovery.doubt();
    throw failure;
  }
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function slim(object: KubeObject, apiVersion: string, kind: string): void {
  object.apiVersion ??= apiVersion;
  object.kind ??= kind;
  const metadata = object.metadata as { managedFields?: unknown; annotations?: Record<string, string> };
  delete metadata.managedFields;
  if (metadata.annotations?.[LAST_APPLIED] !== undefined) delete metadata.annotations[LAST_APPLIED];
}
