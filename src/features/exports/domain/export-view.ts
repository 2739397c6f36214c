import type { CreatedBy } from '../../../kernel/created-by.js';
import type { ExportFormat, ExportLink, ObservedExport } from './observed.js';

export const EXPORT_STATES = ['Pending', 'Ready', 'Expired', 'Skipped', 'Deleting'] as const;
export type ExportState = (typeof EXPORT_STATES)[number];

export interface ExportVolumeView {
  name: string;
  /** Quantity; null where the disk behind it is not known. */
  size: string | null;
  formats: ExportFormat[];
}

/** Names one of the three. */
export interface ExportSource {
  vm?: string | null;
  snapshot?: string | null;
  disk?: string | null;
}

/** What clients see of an export. Times are RFC 3339. */
export interface ExportView {
  id: string;
  name: string;
  project: string;
  source: { vm: string | null; snapshot: string | null; disk: string | null };
  state: ExportState;
  message: string | null;
  /** Seconds that it lives. */
  ttlSeconds: number | null;
  expiresAt: string | null;
  volumes: ExportVolumeView[];
  createdAt: string;
  createdBy: CreatedBy | null;
}

export function exportView(
  observed: ObservedExport,
  project: string,
  sizeOf: (volume: string) => string | null,
): ExportView {
  const { source } = observed;
  const of = (kind: string) => (source.kind === kind ? source.name : null);
  return {
    id: observed.uid,
    name: observed.name,
    project,
    source: {
      vm: of('VirtualMachine'),
      snapshot: of('VirtualMachineSnapshot'),
      disk: of('PersistentVolumeClaim'),
    },
    state: stateOf(observed),
    message: observed.message,
    ttlSeconds: observed.ttl,
    expiresAt: observed.expiresAt,
    volumes: (linkOf(observed)?.volumes ?? []).map(({ name, formats }) => ({
      name,
      size: sizeOf(name),
      formats: formats.map(({ format }) => format),
    })),
    createdAt: observed.createdAt,
    createdBy: observed.createdBy,
  };
}

/** Both links lead to the same server and tell the same volumes. */
export const linkOf = ({ internal, external }: ObservedExport): ExportLink | null => internal ?? external;

function stateOf({ deleting, phase }: ObservedExport): ExportState {
  if (deleting) return 'Deleting';
  if (phase === 'Ready' || phase === 'Skipped') return phase;
  return phase === 'Terminated' ? 'Expired' : 'Pending';
}
