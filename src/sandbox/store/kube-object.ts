/** A Kubernetes object as it travels: any kind, its `spec` and `status` untyped. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind pass here; their shapes are KubeVirt's, checked at admission.
export type Untyped = any;

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Untyped;
  status?: Untyped;
  [field: string]: Untyped;
}

/** An object on its way in: the store gives it uid, revision and time. */
export type NewObject = Omit<KubeObject, 'metadata'> & { metadata: Partial<ObjectMeta> };
