/** What the cluster shows of a machine and all that it is made of, as far as it tells why it is not as it is meant to be. */

interface Seen {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** A condition of a Kubernetes object; `since` is RFC 3339, or null. */
export interface SeenCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
  since: string | null;
}

export interface SeenMachine extends Seen {
  createdAt: string;
  deletingSince: string | null;
  finalizers: string[];
  runStrategy: string;
  /** KubeVirt's printableStatus. */
  state: string;
  conditions: SeenCondition[];
  /** The claims of its volumes, by the volume's name. */
  volumes: { name: string; claim: string }[];
  instanceType: string | null;
  preference: string | null;
  /** Those of the cluster are known to the catalogue; what a revision is kept of need not be there. */
  lookedUp: { instanceType: boolean; preference: boolean };
  /** How often it did not come up in a row, and when it is tried again. */
  startFailure: { count: number; retryAt: string | null } | null;
  snapshotInProgress: string | null;
  restoreInProgress: string | null;
}

export interface SeenInstance extends Seen {
  createdAt: string;
  phase: string;
  /** When it came into its phase. */
  phaseSince: string | null;
  deletingSince: string | null;
  /** Seconds that its guest is given to shut down. */
  graceSeconds: number;
  node: string | null;
  conditions: SeenCondition[];
  frozen: boolean;
  /** The node that it is asked to leave. */
  evacuates: string | null;
  migration: SeenMigration | null;
}

export interface SeenMigration {
  target: string | null;
  startedAt: string | null;
  endedAt: string | null;
  completed: boolean;
  failed: boolean;
  reason: string;
}

/** A virt-launcher pod. */
export interface SeenPod extends Seen {
  /** Uid of the VirtualMachineInstance. */
  instance: string;
  createdAt: string;
  deletingSince: string | null;
  node: string | null;
  phase: string;
  /** Such as Evicted. */
  reason: string;
  message: string;
  conditions: SeenCondition[];
  containers: SeenContainer[];
}

export interface SeenContainer {
  name: string;
  waiting: { reason: string; message: string } | null;
  ended: { reason: string; exitCode: number; at: string | null } | null;
}

export interface SeenClaim extends Seen {
  createdAt: string;
  deletingSince: string | null;
  phase: string;
  storageClass: string | null;
  accessModes: string[];
  conditions: SeenCondition[];
  /** Bytes wanted are more than there are. */
  grows: boolean;
}

export interface SeenVolume extends Seen {
  createdAt: string;
  phase: string;
  /** 0..100; null where CDI does not say. */
  progress: number | null;
  restarts: number;
  /** Condition Running, where the importer leaves its last words. */
  running: SeenCondition | null;
  bound: SeenCondition | null;
}

export interface SeenNode extends Seen {
  schedulable: boolean;
  ready: SeenCondition | null;
  /** Such as MemoryPressure, where it is. */
  pressure: SeenCondition[];
}

export interface SeenEvent extends Seen {
  kind: string;
  about: string;
  warning: boolean;
  reason: string;
  message: string;
  count: number;
  lastAt: string;
}

/** A disk of the machine: what of it there is. */
export interface SeenDisk {
  volume: string;
  claimName: string;
  claim: SeenClaim | null;
  dataVolume: SeenVolume | null;
  /** Why its import is given up or will not come to an end by itself, in the words of all imports. */
  failure: { code: string; message: string; hint: string | null } | null;
  /** Its class exists; null where it names none, or classes are not known. */
  classKnown: boolean | null;
}

/** All of it, at one moment. */
export interface Situation {
  now: Date;
  machine: SeenMachine;
  instance: SeenInstance | null;
  /** Launchers of the instance. */
  pods: readonly SeenPod[];
  disks: readonly SeenDisk[];
  /** Where the instance is. */
  node: SeenNode | null;
  /** False: the cluster has none of that name; null: it names none, or it is not known. */
  known: { instanceType: boolean | null; preference: boolean | null };
  /** Of the machine, its instance, launchers, claims and DataVolumes; the newest first. */
  events: readonly SeenEvent[];
}
