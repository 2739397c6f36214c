import type { ProjectRef } from '../../kernel/principal.js';
import type { DiskState, DiskUse } from './domain/disk-view.js';

export type { DiskState, DiskUse };

/** What other rooms may know of a disk. */
export interface DiskFacts {
  /** Uid of the claim. */
  id: string;
  name: string;
  state: DiskState;
  /** Canonical; null while nothing is known. */
  size: string | null;
  storageClass: string | null;
  accessModes: readonly string[];
  volumeMode: string | null;
  attachedTo: readonly DiskUse[];
  deleting: boolean;
}

/** Disks of a project, from memory. Gateway side. */
export abstract class DisksContract {
  /** Throws disk.not_found. */
  abstract find(project: Pick<ProjectRef, 'namespace'>, name: string): DiskFacts;
  abstract list(project: Pick<ProjectRef, 'namespace'>): DiskFacts[];
  /** DataVolumes, wherever they are, that the disk is being read for at this moment. */
  abstract copiesInProgress(
    project: Pick<ProjectRef, 'namespace'>,
    name: string,
  ): { namespace: string; name: string }[];
}
