/** Compact views of cluster objects: only what is shown of nodes, or decided on. */
export interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** Amounts in thousandths of a core, and in bytes. */
export interface Amounts {
  cpuMilli: bigint;
  memoryBytes: bigint;
  pods: bigint;
}

export interface NodeTaint {
  key: string;
  value: string | null;
  effect: string;
}

export interface NodeCondition {
  type: string;
  status: string;
  reason: string | null;
  message: string | null;
  lastTransitionTime: string | null;
}

export interface ObservedNode extends Observed {
  createdAt: string;
  /** Status of the condition `Ready`; Unknown where it has none. */
  ready: 'True' | 'False' | 'Unknown';
  unschedulable: boolean;
  taints: NodeTaint[];
  conditions: NodeCondition[];
  capacity: Amounts;
  allocatable: Amounts;
  cpuModels: string[];
  cpuFeatures: string[];
  kvm: boolean;
  roles: string[];
  labels: Record<string, string>;
  system: { architecture: string | null; os: string | null; kernel: string | null; kubelet: string | null };
}

/** A pod that takes of its node. */
export interface ObservedPod extends Observed {
  node: string;
  takes: Amounts;
  /** Uid of the instance whose guest it holds, or is to hold; null for any other pod. */
  instance: string | null;
  deleting: boolean;
}

export interface ObservedInstance extends Observed {
  node: string | null;
  phase: string;
  deleting: boolean;
  migratable: { value: boolean; reason: string | null } | null;
  /** Its own word; null: the cluster's. */
  evictionStrategy: string | null;
  /** The node that it is marked to leave. */
  leaving: string | null;
  nodeSelector: Record<string, string>;
}

export interface ObservedMachine extends Observed {
  runStrategy: string;
}

export interface ObservedMigration extends Observed {
  instance: string;
  phase: string;
  createdAt: string;
  /** The node that it is to empty; null where that was not why. */
  evacuates: string | null;
}

export interface ObservedMaintenance extends Observed {
  node: string;
  reason: string | null;
  phase: string | null;
  progress: number | null;
  lastError: string | null;
  deleting: boolean;
}

export interface ObservedKubeVirt extends Observed {
  evictionStrategy: string;
  parallelMigrationsPerCluster: number;
  parallelOutboundMigrationsPerNode: number;
}
