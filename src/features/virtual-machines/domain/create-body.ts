import type { SshAccess } from '../../ssh-keys/ssh-access.contract.js';
import type { BootVolumeSource } from './boot-source.js';
import type { Firmware, FirmwareBody } from './firmware.js';
import type { InterfaceBody, InterfaceSpec } from './interfaces.js';
import type { FeaturesBody } from './machine-features.js';
import type { Sysprep, SysprepBody } from './sysprep.js';
import type { WantedRunStrategy } from './wanted-run-strategy.js';

/** The body of a create, as it comes in: every field may be absent, null or wrong (api.md §3). */
export interface CreateBody extends FeaturesBody {
  name: string;
  displayName?: string | null;
  labels?: Record<string, string> | null;
  instanceType?: string | null;
  cpus?: number | null;
  memory?: string | null;
  preference?: string | null;
  bootDisk: BootDiskBody;
  /** Absent: the pod network alone. */
  networks?: InterfaceBody[] | null;
  /** Written out, or names of the project's. */
  sshKeys?: string[] | null;
  /** Absent keys: the project's automatic ones. */
  sshAccess?: { user: string; keys?: string[] | null } | null;
  userData?: string | null;
  networkData?: string | null;
  sysprep?: SysprepBody | null;
  runStrategy?: RunStrategy | null;
  start?: boolean | null;
  firmware?: FirmwareBody | null;
  tpm?: boolean | null;
  deleteProtection?: boolean | null;
}

export interface BootDiskBody {
  url?: string | null;
  blank?: boolean | null;
  image?: string | null;
  registry?: string | null;
  disk?: string | null;
  snapshot?: string | null;
  size?: string | null;
  storageClass?: string | null;
  /** 1 boots first. Default: the first place that no network has. */
  bootOrder?: number | null;
}

export const RUN_STRATEGIES = ['Always', 'RerunOnFailure', 'Manual', 'Halted'] as const;
export type RunStrategy = (typeof RUN_STRATEGIES)[number];

export const EVICTION_STRATEGIES = ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External'] as const;
export type EvictionStrategy = (typeof EVICTION_STRATEGIES)[number];

/** A machine that has been checked: what the manifest is built from, and nothing else is. */
export interface VirtualMachineSpec {
  name: string;
  displayName: string | null;
  labels: Record<string, string>;
  size: MachineSize;
  preference: string | null;
  bootDisk: { source: BootVolumeSource; size: string; storageClass: string | null; bootOrder: number };
  /** As the guest shall read it, keys included; null where there is none. Secret. */
  userData: string | null;
  /** cloud-init's network configuration; null where there is none. Secret. */
  networkData: string | null;
  /** Answers for Windows' setup. Secret. */
  sysprep: Sysprep | null;
  /** Who gets in by keys that the guest agent brings. */
  sshAccess: SshAccess | null;
  interfaces: InterfaceSpec[];
  runStrategy: RunStrategy;
  /** What starting it is to make of its run strategy; null: KubeVirt's Always. */
  wantedRunStrategy: WantedRunStrategy | null;
  /** Wanted running once it is there. */
  start: boolean;
  /** Placement, probes and the like: the part of the template's spec. */
  features: Record<string, unknown>;
  /** Null: the preference's. */
  firmware: Firmware | null;
  tpm: boolean | null;
  deleteProtection: boolean;
}

/** `memory` is a canonical quantity. */
export type MachineSize = { instanceType: string } | { cpus: number; memory: string };
