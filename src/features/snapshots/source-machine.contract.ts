import type { ProjectRef } from '../../kernel/principal.js';

/** A volume of a machine, and whether its storage can snapshot it. */
export interface SourceVolume {
  name: string;
  /** The claim that holds it; null for cloud-init and other volumes that are made anew at every start. */
  claim: string | null;
  /** Null while KubeVirt has not looked. */
  canSnapshot: boolean | null;
  reason: string | null;
}

/** A VirtualMachine as snapshots, restores and clones look at it. */
export interface SourceMachine {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  deleting: boolean;
  trashed: boolean;
  operationId: string | null;
  /** KubeVirt's printableStatus. */
  state: string;
  runStrategy: string;
  /** Null where the spec names none: then only its instance knows. */
  firmwareUuid: string | null;
  volumes: SourceVolume[];
  snapshotInProgress: string | null;
  restoreInProgress: string | null;
}

/** A VirtualMachineInstance likewise. */
export interface SourceInstance {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  phase: string;
  deleting: boolean;
  /** It has not finished: booting, running, paused or shutting down. */
  alive: boolean;
  frozen: boolean;
  firmwareUuid: string | null;
}

type Place = Pick<ProjectRef, 'namespace'>;

export abstract class SourceMachines {
  /** What is in the trash is not there; only its name is taken. */
  abstract machine(project: Place, name: string): SourceMachine | undefined;
  abstract inTrash(project: Place, name: string): boolean;
  abstract instance(project: Place, name: string): SourceInstance | undefined;
  /** Told after a machine or its instance has changed, with namespace and name. Returns how to stop. */
  abstract onChange(listener: (namespace: string, name: string) => void): () => void;
}

/** Volumes that hold data: what a snapshot, restore or clone is about. */
export const dataVolumesOf = ({ volumes }: Pick<SourceMachine, 'volumes'>): SourceVolume[] =>
  volumes.filter(({ claim }) => claim !== null);
