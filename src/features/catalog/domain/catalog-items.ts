/** A ready-made size of machine. Memory is a canonical quantity. */
export interface InstanceType {
  name: string;
  displayName: string | null;
  /** What it is made for, e.g. `general.purpose`. */
  class: string | null;
  /** The family that it belongs to: `u1` of `u1.medium`. */
  series: string | null;
  size: string | null;
  cpus: number;
  memory: string;
  dedicatedCpus: boolean;
  hugePages: string | null;
  gpus: readonly string[];
}

/** Defaults that suit a guest's operating system, and what that needs at least. */
export interface Preference {
  name: string;
  displayName: string | null;
  osType: string | null;
  requiredCpus: number | null;
  requiredMemory: string | null;
  diskBus: string | null;
  interfaceModel: string | null;
  efi: boolean;
  secureBoot: boolean;
  tpm: boolean;
}

/** Where disks can lie, and what is possible there as far as CDI knows the provisioner. */
export interface StorageClass {
  name: string;
  /** Taken where a request names none. At most one is. */
  default: boolean;
  provisioner: string;
  /** All that CDI knows to work; empty where it knows nothing. */
  accessModes: readonly string[];
  /** The one that CDI prefers; null where it knows nothing. */
  volumeMode: string | null;
  /** Which go together, the best first; empty where CDI knows nothing. */
  modes: readonly { accessMode: string; volumeMode: string | null }[];
  /** Machines can move while they run; null where CDI does not know the provisioner. */
  liveMigratable: boolean | null;
  snapshots: boolean;
  /** `snapshot` and `csi-clone` take seconds, `copy` copies every byte. */
  cloneStrategy: string | null;
  expandable: boolean;
  bindsOnFirstUse: boolean;
}
