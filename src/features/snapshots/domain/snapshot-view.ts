import type { CreatedBy } from '../../../kernel/created-by.js';
import { formatBytes, parseBytes } from '../../../kernel/quantity.js';
import type { SnapshotState } from '../snapshots.contract.js';
import { type Consistency, consistencyOf } from './consistency.js';
import type { Indication, ObservedContent, ObservedSnapshot } from './observed.js';
import type { ExcludedVolume } from './preflight.js';

export interface SnapshotVolume {
  name: string;
  /** The claim that it is a copy of. */
  claim: string;
  size: string | null;
  ready: boolean;
}

/** A snapshot as it is answered. Times are RFC 3339, sizes are quantities. */
export interface SnapshotView {
  id: string;
  name: string;
  project: string;
  virtualMachine: string;
  state: SnapshotState;
  ready: boolean;
  consistency: Consistency | null;
  indications: Indication[];
  volumes: SnapshotVolume[];
  excludedVolumes: ExcludedVolume[];
  /** Of all volumes; null while it is not known. */
  size: string | null;
  failureDeadline: string | null;
  error: string | null;
  labels: Record<string, string>;
  createdAt: string;
  /** When the disks were as the snapshot has them. */
  takenAt: string | null;
  createdBy: CreatedBy | null;
  deleting: boolean;
}

const LEFT_OUT = 'Its storage cannot make snapshots, or it holds nothing that stays.';

/** `reasons`: why volumes of the machine, if it still is the one, cannot be snapshotted. */
export function snapshotView(
  snapshot: ObservedSnapshot,
  project: string,
  content: ObservedContent | undefined,
  reasons: ReadonlyMap<string, string>,
): SnapshotView {
  const volumes = (content?.volumes ?? []).map(({ name, claim, size, ready }) => ({
    name,
    claim,
    size,
    ready,
  }));
  return {
    id: snapshot.uid,
    name: snapshot.name,
    project,
    virtualMachine: snapshot.virtualMachine,
    state: snapshot.state,
    ready: snapshot.ready,
    consistency: consistencyOf(snapshot),
    indications: snapshot.indications,
    volumes,
    excludedVolumes: snapshot.excludedVolumes.map((name) => ({
      name,
      reason: reasons.get(name) ?? LEFT_OUT,
    })),
    size: total(volumes),
    failureDeadline: snapshot.failureDeadline,
    error: snapshot.error,
    labels: snapshot.labels,
    createdAt: snapshot.createdAt,
    takenAt: snapshot.takenAt,
    createdBy: snapshot.createdBy,
    deleting: snapshot.deleting,
  };
}

function total(volumes: readonly SnapshotVolume[]): string | null {
  if (volumes.length === 0) return null;
  const sizes = volumes.map(({ size }) => (size === null ? null : parseBytes(size)));
  if (sizes.some((size) => size === null)) return null;
  return formatBytes(sizes.reduce<bigint>((sum, size) => sum + (size ?? 0n), 0n));
}
