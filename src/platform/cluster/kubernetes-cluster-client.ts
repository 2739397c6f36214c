import type { Duplex } from 'node:stream';
import { Failure } from '../../kernel/failure.js';
import type { ApiDiscovery } from './api-discovery.js';
import {
  ClusterClient,
  type ClusterObject,
  type DeleteOptions,
  type Impersonation,
  type ResourceKind,
  type WriteOptions,
} from './cluster-client.js';
import { dialSubresource } from './cluster-dial.js';
import { clusterNotFound, clusterNotServed, clusterUnauthenticated } from './cluster-failures.js';
import type { ClusterTransport, WireAnswer, WireRequest } from './cluster-transport.js';
import { POD, VIRTUAL_MACHINE, VIRTUAL_MACHINE_INSTANCE } from './kinds.js';
import { resourcePath, subresourcePath } from './resource-path.js';
import { type FailureContext, toFailure } from './status-to-failure.js';
import type { WriteRules } from './write-rules.js';

const FIELD_MANAGER = 'virtgate';
/** Guests have a say in what some subresources answer. A screenshot takes less, and so does what an agent has to tell. */
const MAX_SUBRESOURCE_ANSWER = 16 * 1024 * 1024;
const FOUND_AT_MOST = 100;
const JSON_TYPE = 'application/json';
const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  // JSON is YAML; older API servers know no other type for server-side apply.
  apply: 'application/apply-patch+yaml',
} as const;
const SUBRESOURCES = {
  group: 'subresources.kubevirt.io',
  versions: ['v1', 'v1alpha3'],
  plural: 'subresources',
};
/** Options types with a `dryRun` field: staging/src/kubevirt.io/api/core/v1/types.go. */
const KNOWS_DRY_RUN = new Set([
  'start',
  'stop',
  'restart',
  'migrate',
  'pause',
  'unpause',
  'addvolume',
  'removevolume',
  'evacuate/cancel',
]);

/** ClusterClient over plain JSON: no typed (de)serialisation, which costs twice the parsing. */
export class KubernetesClusterClient extends ClusterClient {
  constructor(
    private readonly transport: ClusterTransport,
    private readonly discovery: ApiDiscovery,
    /** Asked before anything leaves; without, all may. */
    private readonly rules: WriteRules = () => {},
  ) {
    super();
  }

  async get(kind: ResourceKind, namespace: string | null, name: string): Promise<ClusterObject> {
    const path = await this.path(kind, namespace, name);
    return this.json({ method: 'GET', path }, context('get', kind, namespace, name));
  }

  async create(
    kind: ResourceKind,
    namespace: string | null,
    object: ClusterObject,
    options: WriteOptions = {},
  ): Promise<ClusterObject> {
    this.rules({ kind, verb: 'create', namespace, name: object.metadata.name, body: object });
    const path = await this.path(kind, namespace);
    const body = { type: JSON_TYPE, data: await this.withType(kind, object) };
    const wire: WireRequest = { method: 'POST', path, body, ...write(options) };
    return this.json(wire, context('create', kind, namespace, object.metadata.name));
  }

  async replace(
    kind: ResourceKind,
    namespace: string | null,
    object: ClusterObject,
    options: WriteOptions = {},
  ): Promise<ClusterObject> {
    const { from } = options;
    this.rules({ kind, verb: 'replace', namespace, name: object.metadata.name, body: object, from });
    const path = await this.path(kind, namespace, object.metadata.name);
    const body = { type: JSON_TYPE, data: await this.withType(kind, object) };
    const wire: WireRequest = { method: 'PUT', path, body, ...write(options) };
    return this.json(wire, context('update', kind, namespace, object.metadata.name));
  }

  async patch(
    kind: ResourceKind,
    namespace: string | null,
    name: string,
    patch: { type: 'json' | 'merge' | 'apply'; body: unknown },
    options: WriteOptions = {},
  ): Promise<ClusterObject> {
    this.rules({ kind, verb: patch.type, namespace, name, body: patch.body, from: options.from });
    const path = await this.path(kind, namespace, name);
    const data =
      patch.type === 'apply'
        ? await this.withType(kind, patch.body as ClusterObject)
        : JSON.stringify(patch.body);
    const wire = write(options);
    return this.json(
      {
        method: 'PATCH',
        path,
        body: { type: PATCH_TYPES[patch.type], data },
        ...wire,
        query: { ...wire.query, force: patch.type === 'apply' ? true : undefined },
      },
      context('patch', kind, namespace, name),
    );
  }

  async delete(
    kind: ResourceKind,
    namespace: string | null,
    name: string,
    options: WriteOptions & DeleteOptions = {},
  ): Promise<void> {
    const path = await this.path(kind, namespace, name);
    const deleteOptions = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation,
      gracePeriodSeconds: options.gracePeriodSeconds,
      preconditions: options.uid ? { uid: options.uid } : undefined,
      dryRun: options.dryRun ? ['All'] : undefined,
    };
    await this.answer(
      {
        method: 'DELETE',
        path,
        body: { type: JSON_TYPE, data: JSON.stringify(deleteOptions) },
        as: options.as,
        signal: options.signal,
      },
      context('delete', kind, namespace, name),
    );
  }

  async evict(
    namespace: string,
    pod: string,
    { as, dryRun, signal }: WriteOptions = {},
  ): Promise<{ refused: string | null }> {
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: pod, namespace },
      deleteOptions: { dryRun: dryRun ? ['All'] : undefined },
    };
    const answer = await this.transport.send({
      method: 'POST',
      path: `${await this.path(POD, namespace, pod)}/eviction`,
      body: { type: JSON_TYPE, data: JSON.stringify(eviction) },
      as,
      signal,
    });
    if (answer.status >= 200 && answer.status < 300) return { refused: null };
    const text = answer.body.toString();
    const about = { verb: 'evict', resource: 'pods', namespace, name: pod, retryAfter: answer.retryAfter };
    const failure = toFailure(answer.status, text, answer.contentType, about);
    // Gone is what was wanted.
    if (failure.definition === clusterNotFound.definition) return { refused: null };
    if (answer.status !== 429) throw failure;
    return { refused: messageIn(text) ?? failure.message };
  }

  async subresource(
    namespace: string,
    resource: 'virtualmachines' | 'virtualmachineinstances',
    name: string,
    subresource: string,
    request: { method?: 'GET' | 'PUT'; body?: unknown } & WriteOptions = {},
  ): Promise<unknown> {
    const method = request.method ?? 'PUT';
    let body = request.body;
    const kind = resource === 'virtualmachines' ? VIRTUAL_MACHINE : VIRTUAL_MACHINE_INSTANCE;
    if (body !== undefined) this.rules({ kind, verb: `subresource:${subresource}`, namespace, name, body });
    if (request.dryRun && method === 'PUT') {
      // virt-api reads dryRun from the body only; where it has no such field the call would be carried out.
      if (!KNOWS_DRY_RUN.has(subresource)) return this.checkOnly(namespace, resource, name, request);
      body = { ...(body as object | undefined), dryRun: ['All'] };
    }
    const version = await this.discovery.versionOf(SUBRESOURCES);
    const answer = await this.answer(
      {
        method,
        path: subresourcePath(version, namespace, resource, name, subresource),
        body: body === undefined ? undefined : { type: JSON_TYPE, data: JSON.stringify(body) },
        as: request.as,
        signal: request.signal,
        maxAnswer: MAX_SUBRESOURCE_ANSWER,
      },
      { verb: verbOf(method), resource: `${resource}/${subresource}`, namespace, name },
    );
    if (answer.body.length === 0) return null;
    if (answer.contentType?.includes('json')) return JSON.parse(answer.body.toString());
    return answer.contentType?.startsWith('image/') ? answer.body : null;
  }

  async connect(
    namespace: string,
    resource: 'virtualmachines' | 'virtualmachineinstances',
    name: string,
    subresource: string,
    options: { as?: Impersonation; signal?: AbortSignal; query?: Record<string, string> } = {},
  ): Promise<Duplex> {
    const version = await this.discovery.versionOf(SUBRESOURCES);
    const query = options.query ? `?${new URLSearchParams(options.query)}` : '';
    const path = `${subresourcePath(version, namespace, resource, name, subresource)}${query}`;
    const about = { verb: 'open', resource: `${resource}/${subresource}`, namespace, name };
    const dial = async () => dialSubresource(await this.transport.access(), path, options, about);
    try {
      return await dial();
    } catch (error) {
      const rejected = error instanceof Failure && error.definition === clusterUnauthenticated.definition;
      if (!rejected) throw error;
      this.transport.forgetCredentials();
      return dial();
    }
  }

  async find(
    kind: ResourceKind,
    namespace: string,
    labelSelector: string,
    options: { as?: Impersonation } = {},
  ): Promise<ClusterObject[]> {
    const path = await this.path(kind, namespace);
    const query = { labelSelector, limit: FOUND_AT_MOST };
    const list = await this.json(
      { method: 'GET', path, query, as: options.as },
      { verb: 'list', resource: kind.plural, namespace },
    );
    return list.items;
  }

  async podLog(
    namespace: string,
    pod: string,
    container: string,
    { tailLines, limitBytes, as }: { tailLines: number; limitBytes: number; as?: Impersonation },
  ): Promise<Buffer> {
    const path = `${await this.path(POD, namespace, pod)}/log`;
    const answer = await this.answer(
      { method: 'GET', path, query: { container, tailLines, limitBytes }, as },
      context('get', { ...POD, plural: 'pods/log' }, namespace, pod),
    );
    return answer.body;
  }

  /** A dry run of a call that knows none: the object is there. Its rights are the caller's concern. */
  private async checkOnly(
    namespace: string,
    resource: string,
    name: string,
    { as, signal }: WriteOptions,
  ): Promise<null> {
    const kind = resource === 'virtualmachines' ? VIRTUAL_MACHINE : VIRTUAL_MACHINE_INSTANCE;
    const path = await this.path(kind, namespace, name);
    await this.answer({ method: 'GET', path, as, signal }, context('get', kind, namespace, name));
    return null;
  }

  private async path(kind: ResourceKind, namespace: string | null, name?: string): Promise<string> {
    return resourcePath(kind, await this.discovery.versionOf(kind), namespace, name);
  }

  private async withType(kind: ResourceKind, object: ClusterObject): Promise<string> {
    const version = await this.discovery.versionOf(kind);
    const apiVersion = kind.group === '' ? version : `${kind.group}/${version}`;
    return JSON.stringify({ ...object, apiVersion, kind: kind.kind });
  }

  private async json(wire: WireRequest, about: FailureContext): Promise<ClusterObject> {
    const answer = await this.answer(wire, about);
    return JSON.parse(answer.body.toString()) as ClusterObject;
  }

  private async answer(wire: WireRequest, about: FailureContext): Promise<WireAnswer> {
    const answer = await this.transport.send(wire);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const failure = toFailure(answer.status, answer.body.toString(), answer.contentType, {
      ...about,
      retryAfter: answer.retryAfter,
    });
    if (failure.definition === clusterNotServed.definition) this.discovery.doubt();
    throw failure;
  }
}

function write({ as, dryRun, signal }: WriteOptions) {
  const query = { fieldManager: FIELD_MANAGER, dryRun: dryRun ? 'All' : undefined };
  return { as, signal, query };
}

function context(verb: string, kind: ResourceKind, namespace: string | null, name?: string): FailureContext {
  return { verb, resource: kind.plural, namespace, name };
}

function messageIn(text: string): string | null {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : null;
  } catch {
    return null;
  }
}

function verbOf(method: 'GET' | 'PUT'): string {
  return method === 'GET' ? 'get' : 'update';
}
