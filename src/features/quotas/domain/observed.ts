/** Compact views of what counts. */
interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

export interface SeenMachine extends Observed {
  /** KubeVirt's printableStatus. */
  state: string;
  runStrategy: string;
  instanceType: { name: string; namespaced: boolean } | null;
  vcpus: bigint;
  memory: bigint;
  claims: readonly string[];
}

/** An instance that has not ended. */
export interface SeenInstance extends Observed {
  vcpus: bigint;
  memory: bigint;
}

export interface SeenClaim extends Observed {
  storageClass: string;
  requested: bigint;
  /** As virtgate noted it: what the guest sees; null where nobody did. */
  size: bigint | null;
  filesystem: boolean;
  /** It holds an image. */
  image: boolean;
}

export interface SeenDataVolume extends Observed {
  storageClass: string | null;
  requested: bigint;
  owner: string | null;
  image: boolean;
}

export interface SeenSnapshot extends Observed {
  machine: string;
}

export interface SeenContent extends Observed {
  snapshot: string;
  instanceType: SeenMachine['instanceType'];
  vcpus: bigint;
  memory: bigint;
  disks: readonly { storageClass: string; size: bigint }[];
}

export interface SeenRestore extends Observed {
  target: string;
  claims: readonly string[];
}

/** Exports and images: that they are there is all that counts. */
export type SeenThing = Observed;

export interface SeenNamespace {
  machines: readonly SeenMachine[];
  instances: readonly SeenInstance[];
  claims: readonly SeenClaim[];
  dataVolumes: readonly SeenDataVolume[];
  snapshots: readonly SeenSnapshot[];
  contents: readonly SeenContent[];
  restores: readonly SeenRestore[];
  exports: readonly SeenThing[];
  images: readonly SeenThing[];
}
