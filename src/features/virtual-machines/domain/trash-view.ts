import type { CreatedBy } from '../../../kernel/created-by.js';
import type { DeletionChoice } from './associated-resources.js';
import type { TrashedMachine } from './observed.js';

/** A disk that was made with a machine in the trash, and what the purge does with it. */
export interface TrashedDisk {
  name: string;
  size: string | null;
  onPurge: NonNullable<DeletionChoice['disks']>;
}

/** A virtual machine in the trash as it is answered. Times are RFC 3339, null where virtgate did not put it there. */
export interface TrashView {
  id: string;
  name: string;
  displayName: string | null;
  project: string;
  deletedAt: string | null;
  deletedBy: CreatedBy | null;
  /** When it goes for good. */
  purgeAt: string | null;
  /** What an undelete gives back. */
  runStrategy: string;
  deleteProtection: boolean;
  /** It still shuts down. */
  stopping: boolean;
  purging: boolean;
  disks: TrashedDisk[];
  /** Names of snapshots that go at the purge. */
  snapshots: string[];
  createdAt: string;
  labels: Record<string, string>;
}

export interface TrashParts {
  project: string;
  stopping: boolean;
  sizeOf(disk: string): string | null;
  /** Of those that were chosen to go, the ones that are still there. */
  snapshots: string[];
}

export function trashView(machine: TrashedMachine, parts: TrashParts): TrashView {
  const { trash, ownDisks } = machine;
  const keeps = (disk: string) => trash === null || trash.keepDisks.includes(disk);
  return {
    id: machine.uid,
    name: machine.name,
    displayName: machine.displayName,
    project: parts.project,
    deletedAt: trash?.deletedAt ?? null,
    deletedBy: trash?.deletedBy ?? null,
    purgeAt: trash?.purgeAt ?? null,
    runStrategy: trash?.runStrategy ?? 'Halted',
    deleteProtection: machine.deleteProtection,
    stopping: parts.stopping,
    purging: machine.deleting,
    disks: ownDisks.map((disk) => ({
      name: disk,
      size: parts.sizeOf(disk),
      onPurge: keeps(disk) ? 'keep' : 'delete',
    })),
    snapshots: parts.snapshots,
    createdAt: machine.createdAt,
    labels: machine.labels,
  };
}
