import type { ClusterObject, ResourceKind } from './cluster-client.js';

/** A change of an object, as it is about to leave for the cluster. */
export interface OutgoingWrite {
  kind: ResourceKind;
  /** `merge`, `json` and `apply` are patches; else a subresource of a machine, e.g. `addvolume`. */
  verb: 'create' | 'replace' | 'merge' | 'json' | 'apply' | `subresource:${string}`;
  namespace: string | null;
  name: string;
  body: unknown;
  /** What the change was made from: what stays as it is there is nobody's doing now. */
  from?: ClusterObject;
}

/** Lets a write pass, or throws the Failure of why it must not leave. */
export type WriteRules = (write: OutgoingWrite) => void;
