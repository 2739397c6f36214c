import { groupVersion, type ResourceKinds } from '../../store/resource-kind.js';
import { type ApiCall, header, send, sendJson } from '../api-call.js';
import type { SubresourceRoute } from '../extension.js';
import { type ApiResource, apiResources } from './api-resources.js';
import { openApiV2, openApiV3Document, openApiV3Index } from './open-api.js';

const AGGREGATED =
  /application\/json;\s*g=apidiscovery\.k8s\.io;\s*v=(v2|v2beta1);\s*as=APIGroupDiscoveryList/;
const OPENAPI_V2_PROTO = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

export const VERSION = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.4+virtgate-sandbox',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`,
};

/** /api, /apis and below, /version, /openapi: what clients learn the server by. */
export class DiscoveryApi {
  private readonly groups: Map<string, Map<string, ApiResource[]>>;

  constructor(kinds: ResourceKinds, routes: readonly SubresourceRoute[]) {
    this.groups = apiResources(kinds, routes);
    this.kinds = kinds;
  }

  private readonly kinds: ResourceKinds;

  has(group: string, version: string): boolean {
    return this.groups.get(group)?.has(version) ?? false;
  }

  /** Answers if the path is one of discovery's. */
  serve(call: ApiCall, path: string, address: string): boolean {
    const segments = path.split('/').filter((segment) => segment !== '');
    const [root, group, version] = segments;
    if (root === 'version' && segments.length === 1) sendJson(call, 200, JSON.stringify(VERSION));
    else if (root === 'openapi') return this.serveOpenApi(call, segments.slice(1));
    else if (root === 'api') return this.serveCore(call, segments, address);
    else if (root !== 'apis') return false;
    else if (segments.length === 1) this.serveGroups(call);
    else if (segments.length === 2 && this.isGroup(group))
      sendJson(call, 200, JSON.stringify({ kind: 'APIGroup', apiVersion: 'v1', ...this.group(group) }));
    else if (segments.length === 3 && this.isGroup(group) && this.has(group, version as string))
      sendJson(call, 200, JSON.stringify(this.resourceList(group, version as string)));
    else return false;
    return true;
  }

  private isGroup(group: string | undefined): group is string {
    return group !== undefined && group !== '' && this.groups.has(group);
  }

  private serveCore(call: ApiCall, segments: string[], address: string): boolean {
    if (segments.length === 1) {
      if (this.serveAggregated(call, [''])) return true;
      sendJson(
        call,
        200,
        JSON.stringify({
          kind: 'APIVersions',
          versions: ['v1'],
          serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
        }),
      );
      return true;
    }
    if (segments.length !== 2 || !this.has('', segments[1] as string)) return false;
    sendJson(call, 200, JSON.stringify(this.resourceList('', segments[1] as string)));
    return true;
  }

  private serveGroups(call: ApiCall): void {
    const named = [...this.groups.keys()].filter((group) => group !== '');
    if (this.serveAggregated(call, named)) return;
    const groups = named.map((group) => this.group(group));
    sendJson(call, 200, JSON.stringify({ kind: 'APIGroupList', apiVersion: 'v1', groups }));
  }

  private group(name: string) {
    const versions = [...(this.groups.get(name)?.keys() ?? [])].map((version) => ({
      groupVersion: groupVersion(name, version),
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  }

  private resourceList(group: string, version: string) {
    const resources = this.groups.get(group)?.get(version) ?? [];
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: groupVersion(group, version),
      resources,
    };
  }

  /** apidiscovery.k8s.io: everything in one answer, for clients since kubectl 1.26. */
  private serveAggregated(call: ApiCall, groups: string[]): boolean {
    const version = AGGREGATED.exec(header(call.raw, 'accept') ?? '')?.[1];
    if (!version) return false;
    const body = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: groups.map((group) => ({
        metadata: { name: group, creationTimestamp: null },
        versions: [...(this.groups.get(group) ?? new Map<string, ApiResource[]>())].map(
          ([name, entries]) => ({
            version: name,
            resources: aggregated(group, name, entries),
            freshness: 'Current',
          }),
        ),
      })),
    };
    send(
      call,
      200,
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      JSON.stringify(body),
    );
    return true;
  }

  private serveOpenApi(call: ApiCall, segments: string[]): boolean {
    if (segments[0] === 'v2' && segments.length === 1) {
      // Old kubectl reads the protobuf form only; an empty message is a document that knows no kind,
      // and a client that finds no schema for a kind sends it unchecked.
      if ((header(call.raw, 'accept') ?? '').includes('proto-openapi'))
        send(call, 200, OPENAPI_V2_PROTO, Buffer.alloc(0));
      else sendJson(call, 200, JSON.stringify(openApiV2()));
      return true;
    }
    if (segments[0] !== 'v3') return false;
    if (segments.length === 1) {
      sendJson(call, 200, JSON.stringify(openApiV3Index(this.kinds)));
      return true;
    }
    const document = openApiV3Document(this.kinds, segments.slice(1).join('/'));
    if (!document) return false;
    sendJson(call, 200, JSON.stringify(document));
    return true;
  }
}

/** Client-go skips an entry without a kind, but must find the fields (it did once fall over a missing one). */
const responseKind = (group: string, version: string, entry: ApiResource | undefined) =>
  entry?.kind
    ? { group: entry.group ?? group, version: entry.version ?? version, kind: entry.kind }
    : { group: '', version: '', kind: '' };

function aggregated(group: string, version: string, entries: ApiResource[]) {
  const parents = [...new Set(entries.map((entry) => entry.name.split('/')[0] as string))];
  return parents.map((name) => {
    const entry = entries.find((candidate) => candidate.name === name);
    const children = entries.filter((candidate) => candidate.name.startsWith(`${name}/`));
    const namespaced = (entry ?? children[0])?.namespaced;
    return {
      resource: name,
      responseKind: responseKind(group, version, entry),
      scope: namespaced ? 'Namespaced' : 'Cluster',
      singularResource: entry?.singularName || (entry?.kind.toLowerCase() ?? ''),
      verbs: entry?.verbs ?? [],
      ...(entry?.shortNames ? { shortNames: entry.shortNames } : {}),
      ...(entry?.categories ? { categories: entry.categories } : {}),
      ...(children.length > 0
        ? {
            subresources: children.map((child) => ({
              subresource: child.name.slice(name.length + 1),
              responseKind: responseKind(group, version, child),
              verbs: child.verbs ?? [],
            })),
          }
        : {}),
    };
  });
}
