import type { GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { findCondition, timestamp } from './conditions.js';
import { formatBytes } from './quantity.js';
import type { Change, World } from './reconciliation.js';
import { guestMemoryBytes, vcpus } from './vmi-defaults.js';
import { dropCondition, setCondition } from './vmi-status.js';

export const HOT_CPU = 'HotVCPUChange';
export const HOT_MEMORY = 'HotMemoryChange';
/** Under which the errors of growing are kept, beside those of disks and cards. */
export const SIZE = 'size';
const RETRY_MS = 5_000;

/**
 * virt-controller's and virt-handler's part for a guest that shall have more processors or memory: said in a condition,
 * and done once it has moved to a pod that was made for that. Changes the given status.
 */
export function driveGrowth(
  status: Untyped,
  vmi: KubeObject,
  guest: GuestObservation,
  world: World,
): { changes: Change[]; requeueAfterMs?: number } {
  const { cores = 1, sockets = 1, threads = 1 } = vmi.spec.domain.cpu ?? {};
  const memory = guestMemoryBytes(vmi.spec);
  const behind = {
    cpu: sockets > (status.currentCPUTopology?.sockets ?? sockets),
    memory: memory > (guestBytes(status.memory?.guestCurrent) ?? memory),
  };
  if (behind.memory) status.memory = { ...status.memory, guestRequested: formatBytes(memory) };
  announce(status, HOT_CPU, behind.cpu, world);
  announce(status, HOT_MEMORY, behind.memory, world);
  if ((!behind.cpu && !behind.memory) || !hasMovedFor(status)) return { changes: [] };
  const hasCpu = (guest.vcpus ?? 0) >= vcpus(vmi.spec);
  const hasMemory = BigInt(guest.memoryBytes ?? 0) >= memory;
  if (behind.cpu && hasCpu) {
    status.currentCPUTopology = { cores, sockets, threads };
    dropCondition(status, HOT_CPU);
  }
  if (behind.memory && hasMemory) {
    status.memory = { ...status.memory, guestCurrent: formatBytes(memory) };
    dropCondition(status, HOT_MEMORY);
  }
  if (hasCpu && hasMemory) return { changes: [] };
  const failed = world.plugError(vmi.metadata.uid, SIZE);
  if (failed && failed.retryAt > world.now) return { changes: [], requeueAfterMs: RETRY_MS };
  const size = { vcpus: vcpus(vmi.spec), memoryBytes: memory };
  return {
    changes: [{ kind: 'guest', command: { do: 'grow', uid: vmi.metadata.uid, size } }],
    requeueAfterMs: RETRY_MS,
  };
}

function announce(status: Untyped, type: string, behind: boolean, world: World): void {
  if (!behind) dropCondition(status, type);
  else if (!findCondition({ status }, type)) {
    setCondition(status, { type, status: 'True', lastProbeTime: timestamp(world.now) }, world.now);
  }
}

/** Whether a migration began after the change was said: its target pod asks for as much as the guest shall have. */
export function hasMovedFor(status: Untyped): boolean {
  const said = [HOT_CPU, HOT_MEMORY].flatMap(
    (type) => findCondition({ status }, type)?.lastTransitionTime ?? [],
  );
  const state = status.migrationState;
  if (!state?.completed || state.failed || !state.startTimestamp) return false;
  return said.every((time) => Date.parse(state.startTimestamp) >= Date.parse(time));
}

function guestBytes(quantity: unknown): bigint | undefined {
  return quantity === undefined ? undefined : guestMemoryBytes({ domain: { memory: { guest: quantity } } });
}
