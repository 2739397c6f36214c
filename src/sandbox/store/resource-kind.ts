import type { ResourceName } from './object-store.js';
import { StatusError } from './status-error.js';

/** What the API machinery must know of a kind; the shapes of its `spec` and `status` are none of it. */
export interface ResourceKind {
  readonly resource: ResourceName;
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Preferred version first; objects are kept in it, whatever version they came in. */
  readonly versions: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Defined by a CustomResourceDefinition: no strategic merge, default `Age` column, other messages. */
  readonly custom: boolean;
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
  /** Whether `metadata.generation` is kept: all custom kinds, few built-in ones. */
  readonly hasGeneration: boolean;
  readonly nameRule: 'subdomain' | 'label' | 'service' | 'path-segment';
  readonly verbs: readonly string[];
}

/** `group/version`, or the bare version for the core group. */
export const groupVersion = (group: string, version: string): string =>
  group === '' ? version : `${group}/${version}`;

/** The group of an `apiVersion`: '' for `v1`. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';

/** `VirtualMachine.kubevirt.io`, as validation errors spell a kind. */
export const qualifiedKind = (kind: ResourceKind): string =>
  kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;

/** All kinds that a server serves, found by resource, by group and plural, or by apiVersion and kind. */
export class ResourceKinds {
  private readonly byResource = new Map<ResourceName, ResourceKind>();
  private readonly byGroupKind = new Map<string, ResourceKind>();

  constructor(readonly all: readonly ResourceKind[]) {
    for (const kind of all) {
      this.byResource.set(kind.resource, kind);
      this.byGroupKind.set(`${kind.group}/${kind.kind}`, kind);
    }
  }

  find(resource: ResourceName): ResourceKind | undefined {
    return this.byResource.get(resource);
  }

  /** @throws StatusError 404 for a resource that is not served. */
  require(resource: ResourceName): ResourceKind {
    const kind = this.byResource.get(resource);
    if (!kind) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
    return kind;
  }

  served(group: string, version: string, plural: string): ResourceKind | undefined {
    const kind = this.byResource.get(group === '' ? plural : `${plural}.${group}`);
    return kind?.versions.includes(version) ? kind : undefined;
  }

  ofObject(apiVersion: string, kind: string): ResourceKind | undefined {
    return this.byGroupKind.get(`${groupOf(apiVersion)}/${kind}`);
  }

  /** Groups in order of first mention, each with its versions in order of preference. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const kind of this.all) {
      const versions = groups.get(kind.group) ?? [];
      for (const version of kind.versions) if (!versions.includes(version)) versions.push(version);
      groups.set(kind.group, versions);
    }
    return groups;
  }
}
