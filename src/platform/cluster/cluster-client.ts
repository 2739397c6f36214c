import type { Duplex } from 'node:stream';
import type { KubeMeta } from '../../kubevirt-types/kube-object.js';

/** Whom a request is made for. Absent: virtgate's own identity (reconcilers, watches). */
export interface Impersonation {
  user: string;
  groups: readonly string[];
}

/** A kind as discovery spells it. The client picks the first of `versions` that the cluster serves. */
export interface ResourceKind {
  group: string;
  versions: readonly string[];
  plural: string;
  kind: string;
  namespaced: boolean;
}

export interface ClusterObject {
  apiVersion?: string;
  kind?: string;
  metadata: Partial<KubeMeta> & { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: rooms narrow it to the kind that they asked for.
  [field: string]: any;
}

export interface WriteOptions {
  as?: Impersonation;
  dryRun?: boolean;
  /** Kept on the object as annotation `virtgate.io/request-id` by the rooms that build manifests. */
  signal?: AbortSignal;
  /** What a patch was made from: its rules do not look at what stays the same. The patch names its resourceVersion. */
  from?: ClusterObject;
}

export interface DeleteOptions {
  uid?: string;
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** 0: at once, whether or not anybody confirms that it has ended. */
  gracePeriodSeconds?: number;
}

/**
 * The cluster, over its own wire protocol. Every refusal is a Failure from ./cluster-failures.ts with KubeVirt's
 * real meaning (a 500 that quotes a webhook is a refusal; see kubevirt-api C4), never a raw HTTP error.
 * Answers are plain JSON.
 */
export abstract class ClusterClient {
  abstract get(kind: ResourceKind, namespace: string | null, name: string): Promise<ClusterObject>;
  abstract create(
    kind: ResourceKind,
    namespace: string | null,
    object: ClusterObject,
    options?: WriteOptions,
  ): Promise<ClusterObject>;
  abstract replace(
    kind: ResourceKind,
    namespace: string | null,
    object: ClusterObject,
    options?: WriteOptions,
  ): Promise<ClusterObject>;
  /** `json` is RFC 6902, `merge` RFC 7396, `apply` server-side apply with field manager `virtgate`, forced. */
  abstract patch(
    kind: ResourceKind,
    namespace: string | null,
    name: string,
    patch: { type: 'json' | 'merge' | 'apply'; body: unknown },
    options?: WriteOptions,
  ): Promise<ClusterObject>;
  abstract delete(
    kind: ResourceKind,
    namespace: string | null,
    name: string,
    options?: WriteOptions & DeleteOptions,
  ): Promise<void>;
  /**
   * POST of pods/eviction. `refused` says why the pod may not go now (429); KubeVirt may have marked its machine to be
   * moved all the same.
   */
  abstract evict(namespace: string, pod: string, options?: WriteOptions): Promise<{ refused: string | null }>;
  /** PUT (or GET) of a subresource, e.g. ('virtualmachines', 'web-1', 'start'). Group subresources.kubevirt.io. */
  abstract subresource(
    namespace: string,
    resource: 'virtualmachines' | 'virtualmachineinstances',
    name: string,
    subresource: string,
    request?: { method?: 'GET' | 'PUT'; body?: unknown } & WriteOptions,
  ): Promise<unknown>;
  /** Console, vnc, portforward: raw bytes both ways; refusals arrive before the stream opens, as Failures. */
  abstract connect(
    namespace: string,
    resource: 'virtualmachines' | 'virtualmachineinstances',
    name: string,
    subresource: string,
    options?: { as?: Impersonation; signal?: AbortSignal; query?: Record<string, string> },
  ): Promise<Duplex>;
  /** Objects of a kind in a namespace that carry these labels, one page of them at most. Lists are read from caches: this is for what none is kept of. */
  abstract find(
    kind: ResourceKind,
    namespace: string,
    labelSelector: string,
    options?: { as?: Impersonation },
  ): Promise<ClusterObject[]>;
  /** The end of what a container printed. */
  abstract podLog(
    namespace: string,
    pod: string,
    container: string,
    options: { tailLines: number; limitBytes: number; as?: Impersonation },
  ): Promise<Buffer>;
}
