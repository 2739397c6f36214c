import type { Principal, ProjectRef } from '../../kernel/principal.js';
import type { Tx } from '../../platform/database/database.js';
import type { OperationView } from '../operations/operations.contract.js';

/** KubeVirt's phases of a VirtualMachineSnapshot. */
export const SNAPSHOT_STATES = ['InProgress', 'Succeeded', 'Failed', 'Deleting', 'Unknown'] as const;
export type SnapshotState = (typeof SNAPSHOT_STATES)[number];

/** What other rooms may know of a snapshot. Times are RFC 3339. */
export interface SnapshotFacts {
  uid: string;
  name: string;
  /** The machine that it was taken of, and that machine's uid, null while KubeVirt has not said it. */
  virtualMachine: string;
  sourceUid: string | null;
  state: SnapshotState;
  ready: boolean;
  labels: Readonly<Record<string, string>>;
  createdAt: string;
  /** The VirtualMachineSnapshotContent that holds it; null while there is none. */
  content: string | null;
}

export interface SnapshotRequest {
  principal: Principal;
  project: ProjectRef;
  vm: string;
  name: string;
  labels?: Readonly<Record<string, string>>;
  /** Seconds that KubeVirt may take; default 300. */
  failureDeadlineSeconds?: number | null;
}

export abstract class SnapshotsContract {
  /**
   * Begins `snapshot.create` on the machine within the caller's transaction. Whether the principal may is the caller's
   * to check before; the worker asks again. Throws snapshot.machine_gone, snapshot.exists, snapshot.not_possible,
   * operation.in_progress.
   */
  abstract begin(tx: Tx, request: SnapshotRequest): Promise<OperationView>;
  /** Begins `snapshot.delete`. Throws snapshot.not_found, snapshot.in_use, operation.in_progress. */
  abstract beginDelete(
    tx: Tx,
    request: { principal: Principal; project: ProjectRef; name: string },
  ): Promise<OperationView>;
  /** All of a project by name, from memory. */
  abstract of(project: Pick<ProjectRef, 'namespace'>): readonly SnapshotFacts[];
  /** From memory; throws snapshot.not_found. */
  abstract find(project: Pick<ProjectRef, 'namespace'>, name: string): SnapshotFacts;
  /** Told after a snapshot has changed, with its namespace, its name and its machine. Returns how to stop. */
  abstract onChange(listener: (namespace: string, name: string, machine: string) => void): () => void;
}
