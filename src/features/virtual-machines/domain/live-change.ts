import { canonicalBytes, parseBytes } from '../../../kernel/quantity.js';
import type { ObservedInstance } from './observed.js';

/**
 * When the guest has a change: at once with the machine (`now`: nothing runs that would have to learn of it), in the
 * running guest (`live`), when the cluster has moved it to another node (`migration`), or from its next start on.
 */
export const APPLIES = ['now', 'live', 'migration', 'restart'] as const;
export type Applies = (typeof APPLIES)[number];

export interface FieldChange {
  field: string;
  from: string | null;
  to: string | null;
  applies: Applies;
  /** Why not sooner; null where it is soon enough. */
  reason: string | null;
}

export interface Size {
  cpus: number | null;
  memory: string | null;
}

/** What a running guest shall have once it has moved; null: as it has. */
export type Growing = Size;

/** How changes reach running machines in this cluster. */
export interface LiveUpdate {
  enabled: boolean;
  movesMachines: boolean;
}

/** What a change of size means for the guest that runs, part by part; parts that stay are left out. Pure. */
export function sizeChanges(instance: ObservedInstance, wanted: Size, live: LiveUpdate): FieldChange[] {
  const general = whyRestart(instance, live);
  const changes: FieldChange[] = [];
  if (wanted.cpus !== null && wanted.cpus !== instance.cpus) {
    const reason = general ?? cpuReason(instance, wanted.cpus);
    changes.push(change('cpus', text(instance.cpus), text(wanted.cpus), reason));
  }
  const memory = wanted.memory === null ? null : (canonicalBytes(wanted.memory) ?? wanted.memory);
  if (memory !== null && memory !== instance.memory) {
    changes.push(change('memory', instance.memory, memory, general ?? memoryReason(instance, memory)));
  }
  return changes;
}

const change = (
  field: string,
  from: string | null,
  to: string | null,
  reason: string | null,
): FieldChange => ({
  field,
  from,
  to,
  applies: reason === null ? 'migration' : 'restart',
  reason,
});

const text = (value: number | null): string | null => (value === null ? null : String(value));

/** KubeVirt brings processors and memory into a guest by moving it to a pod that has them. */
function whyRestart(
  { liveMigratable }: ObservedInstance,
  { enabled, movesMachines }: LiveUpdate,
): string | null {
  if (!enabled) return 'The cluster changes machines only when they start (vmRolloutStrategy Stage).';
  if (!movesMachines) return 'The cluster does not move machines for a change (workloadUpdateMethods).';
  if (liveMigratable?.value !== true) {
    const why = liveMigratable?.reason ?? 'it is not known whether it can';
    return `It takes a move to another node, and the machine cannot move: ${why}.`;
  }
  return null;
}

function cpuReason({ cpus, growth }: ObservedInstance, wanted: number): string | null {
  if (growth.cpusPerSocket !== 1) return 'Its processors come in sockets of several.';
  if (cpus !== null && wanted < cpus) return 'Processors cannot be taken out of a running guest.';
  if (growth.maxCpus === null || wanted > growth.maxCpus) {
    return `Since it started, it has room for ${growth.maxCpus ?? cpus ?? 0} processors.`;
  }
  return null;
}

function memoryReason({ memory, growth }: ObservedInstance, wanted: string): string | null {
  if (growth.maxMemory === null) return 'It started with less than 1 GiB, or with memory that cannot grow.';
  const bytes = parseBytes(wanted) ?? 0n;
  if (bytes < (parseBytes(memory ?? '') ?? 0n)) return 'Memory cannot be taken out of a running guest.';
  return bytes > (parseBytes(growth.maxMemory) ?? 0n)
    ? `Since it started, it has room for ${growth.maxMemory} of memory.`
    : null;
}
