import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import type { ResourceName } from '../store/object-store.js';

/** What the wire lets other rooms of the sandbox plug into it. */
export interface User {
  name: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  resource: ResourceName;
  subresource?: string;
  namespace?: string;
  name?: string;
  user: User;
  dryRun: boolean;
  object?: NewObject;
  oldObject?: KubeObject;
}

/**
 * Mutating plug-ins return the object that goes on; validating ones return nothing or throw a StatusError.
 * Run in the order given, mutating before validating, after decoding and before the store.
 * `warnings` go out as `Warning: 299 - "..."` headers.
 */
export interface AdmissionPlugin {
  resources: readonly ResourceName[];
  mutate?(request: AdmissionRequest, warnings: string[]): NewObject;
  validate?(request: AdmissionRequest, warnings: string[]): void;
}

export interface SubresourceRequest {
  user: User;
  namespace: string;
  name: string;
  /** What follows the subresource in the path: ['22', 'tcp'] of portforward/22/tcp. */
  rest: string[];
  query: URLSearchParams;
  body: Untyped;
  raw: IncomingMessage;
}

export interface SubresourceResponse {
  code: number;
  body?: Untyped;
  contentType?: string;
}

/**
 * One subresource of an aggregated API such as subresources.kubevirt.io. The wire has authenticated and
 * authorized (verb `update` for PUT, `get` for GET) before it calls. `connect` serves a websocket: it is
 * awaited before the upgrade, so that a refusal (StatusError) is an ordinary HTTP answer; the wire then
 * upgrades with subprotocol plain.kubevirt.io and joins the two with backpressure.
 */
export interface SubresourceRoute {
  group: string;
  versions: readonly string[];
  resource: string;
  subresource: string;
  method: 'GET' | 'PUT' | 'POST';
  /** The kind of its body, for discovery, where it is not of the route's own group. */
  takes?: { group: string; version: string; kind: string };
  handle?(request: SubresourceRequest): Promise<SubresourceResponse> | SubresourceResponse;
  connect?(request: SubresourceRequest): Promise<Duplex>;
}
