import type { CreatedBy } from '../../../kernel/created-by.js';
import type { BootDevice } from './boot-order.js';
import type { RunStrategy } from './create-body.js';
import type { Firmware } from './firmware.js';
import type { TrashEntry } from './trash.js';
import type { WantedRunStrategy } from './wanted-run-strategy.js';

/** Compact views of cluster objects: only what the API shows or a state machine looks at. */
export interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

export interface Condition {
  type: string;
  status: string;
  reason: string | null;
  message: string | null;
  lastTransitionTime: string | null;
}

export interface ObservedVolume {
  name: string;
  /** The claim that holds it; null for cloud-init and other ephemeral ones. */
  claim: string | null;
  kind: 'disk' | 'cdrom' | 'lun' | null;
  bus: string | null;
  bootOrder: number | null;
}

export interface ObservedInterface {
  name: string;
  network: string;
  model: string | null;
  mac: string | null;
  /** On a secondary network, by a bridge: KubeVirt can plug such a one in and out while the guest runs. */
  hotpluggable: boolean;
  /** It is to be taken out. */
  absent: boolean;
  bootOrder: number | null;
}

/** What a machine's board is, and what it boots from. */
export interface ObservedBoard {
  /** Null of a machine that leaves it to its preference. */
  firmware: Firmware | null;
  tpm: boolean | null;
  boots: BootDevice[];
}

/** VirtualMachine: what is wanted, and KubeVirt's word for how it is. */
export interface ObservedMachine extends Observed, ObservedBoard {
  generation: number;
  observedGeneration: number | null;
  /** The generation that KubeVirt looked at last, whether or not its guest has it. */
  desiredGeneration: number | null;
  createdAt: string;
  deleting: boolean;
  labels: Record<string, string>;
  displayName: string | null;
  createdBy: CreatedBy | null;
  operationId: string | null;
  deleteProtection: boolean;
  runStrategy: RunStrategy | 'Once' | 'WaitAsReceiver';
  /** What its owner wants it to be once it runs; null where KubeVirt's own rules bring it back. */
  wantedRunStrategy: WantedRunStrategy | null;
  instanceType: string | null;
  preference: string | null;
  /** Null where an instance type says it. */
  cpus: number | null;
  memory: string | null;
  volumes: ObservedVolume[];
  interfaces: ObservedInterface[];
  /** The pod network is its own where it names no interface at all. */
  podInterfaceByDefault: boolean;
  serialConsole: boolean;
  graphics: boolean;
  /** Names of dataVolumeTemplates: disks made with the machine. */
  ownDisks: string[];
  /** The secret of its cloud-init volume, where virtgate made one. */
  cloudInitSecret: string | null;
  state: string;
  ready: boolean;
  conditions: Condition[];
}

/** A VirtualMachine in the trash: to every other room, and to most of this one, it is not there. */
export interface TrashedMachine extends ObservedMachine {
  /** Null where the mark on it is not virtgate's. */
  trash: TrashEntry | null;
}

/** How far a guest can grow while it runs, and what the cluster has taken on to give it. */
export interface Growth {
  cpusPerSocket: number;
  maxCpus: number | null;
  /** Null: its memory stays what it is. */
  maxMemory: string | null;
  wantedCpus: number | null;
  wantedMemory: string | null;
}

/** VirtualMachineInstance: what runs. */
export interface ObservedInstance extends Observed, ObservedBoard {
  phase: string;
  deleting: boolean;
  paused: boolean;
  ready: boolean;
  node: string | null;
  cpus: number | null;
  memory: string | null;
  growth: Growth;
  interfaces: { name: string | null; guestName: string | null; mac: string | null; ipAddresses: string[] }[];
  agentConnected: boolean;
  liveMigratable: { value: boolean; reason: string | null } | null;
  guestOs: string | null;
  /** Why no node takes it, and since when; null when one did. */
  unschedulable: { message: string; since: string | null } | null;
}

/** Node: only whether the cluster still hears of it. */
export interface ObservedHost extends Observed {
  lost: boolean;
}

/** DataVolume: a disk being filled. */
export interface ObservedDataVolume extends Observed {
  owner: { name: string; uid: string } | null;
  deleting: boolean;
  phase: string;
  progress: number | null;
  restarts: number;
  claim: string;
  size: string | null;
  storageClass: string | null;
  running: { status: string; reason: string; message: string } | null;
  bound: { status: string; message: string } | null;
  /** How it is cloned, in CDI's words, and why not faster; null where it is no clone or not decided. */
  clone: { method: string; fallbackReason: string | null } | null;
}

/** PersistentVolumeClaim: a disk. */
export interface ObservedClaim extends Observed {
  owner: { kind: string; name: string; uid: string } | null;
  /** Uid of the machine that it was made for. */
  createdBy: string | null;
  deleting: boolean;
  phase: string;
  size: string | null;
  storageClass: string | null;
}

export interface ObservedEvent extends Observed {
  involved: { kind: string; name: string; uid: string };
  type: string;
  reason: string;
  message: string;
  count: number;
  firstAt: string;
  lastAt: string;
  component: string | null;
}
