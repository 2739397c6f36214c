/** What a machine has besides itself, and what becomes of it when the machine is deleted and nothing else is said. */
export interface AssociatedResources {
  virtualMachine: string;
  deleteProtection: boolean;
  /** Its consoles are closed and its instance ends. */
  running: boolean;
  disks: AssociatedDisk[];
  snapshots: AssociatedSnapshot[];
  exports: AssociatedExport[];
  /** That are open, or can still be opened: all of them end. */
  consoleSessions: AssociatedConsole[];
}

export interface AssociatedConsole {
  id: string;
  type: string;
  requestedBy: { type: string; id: string; name: string };
  /** RFC 3339; null while nobody has used its ticket. */
  connectedAt: string | null;
}

export type Disposition = 'keep' | 'delete';

export interface AssociatedDisk {
  /** Of the claim. */
  name: string;
  size: string | null;
  /** Made with the machine: goes with it unless it is to be kept. All others stay, whatever is asked. */
  own: boolean;
  onDelete: Disposition;
  /** Other machines that use it. */
  usedBy: string[];
}

export interface AssociatedSnapshot {
  name: string;
  ready: boolean;
  createdAt: string;
  size: string | null;
  onDelete: Disposition;
}

export const EXPORT_SOURCES = ['vm', 'snapshot', 'disk'] as const;
export type ExportSource = (typeof EXPORT_SOURCES)[number];

export interface AssociatedExport {
  name: string;
  source: ExportSource;
  sourceName: string;
  /** False where what it reads goes with the machine. It is not deleted, but there is nothing left to download. */
  survives: boolean;
}

/** What is to go along with a machine. */
export interface DeletionChoice {
  /** Of the disks that were made with it; default delete. */
  disks?: Disposition | null;
  /** Names of own disks that stay although `disks` is delete. */
  keepDisks?: readonly string[] | null;
  /** Default keep. */
  snapshots?: Disposition | null;
  /** Names of snapshots that go although `snapshots` is keep. */
  deleteSnapshots?: readonly string[] | null;
  /** Past the project's trash. */
  permanently?: boolean | null;
}
