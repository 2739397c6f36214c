import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import type { DrainedMachine } from '../domain/drain-report.js';
import { drainBlocked, drainTimeout, nodeNotFound } from '../domain/failures.js';
import { failWith, sinceAsked } from './decisions.js';

/** A machine that was on the node when the drain began. */
export interface DrainedAtFirst {
  namespace: string;
  name: string;
  uid: string;
  runStrategy: string | null;
}

export interface DrainObserved {
  node: boolean;
  /** What is still on it. */
  remaining: readonly DrainedMachine[];
  /** Pods of guests that still lie on it. */
  pods: number;
  /** Those that no eviction has reached yet, and that need not be given up. */
  waiting: number;
  /** virtgate's own NodeMaintenance is there. */
  maintained: boolean;
  /** Of those on it at first, as `project/name`. */
  moved: readonly string[];
  restarted: readonly string[];
  stopped: readonly string[];
}

const EVICT_AGAIN_MS = 10_000;
const LOOK_AGAIN_MS = 2_000;
const GIVE_UP_MS = 30 * 60_000;

/** The decision of `node.drain`. Pure. */
export function nextOfDrain(operation: OperationRecord, seen: DrainObserved, now: Date): Decision {
  const begun = operation.asked.maintain;
  if (!begun) return { do: 'wait', step: 'maintain' };
  if (begun.refusal?.code === 'operation.cancelled') return { do: 'cancelled' };
  if (begun.refusal) return { do: 'fail', error: begun.refusal };
  if (operation.asked['stop-evicting'] || operation.outstanding === 'stop-evicting') {
    return leave(operation, seen);
  }
  if (operation.cancelRequested) return { do: 'act', step: 'stop-evicting', leaving: 'SKIPPED' };
  if (!seen.node) return failWith(nodeNotFound);
  if (seen.remaining.length === 0 && seen.pods === 0) return { do: 'succeed', result: resultOf(seen) };
  const blocked = seen.remaining.filter(isStuck);
  const stuck = seen.remaining.length > 0 && blocked.length === seen.remaining.length;
  if (stuck || now.getTime() - operation.progressAt.getTime() > GIVE_UP_MS) {
    return { do: 'act', step: 'stop-evicting', leaving: 'FAILED' };
  }
  return goOn(operation, seen, now);
}

const isStuck = ({ action, moving }: DrainedMachine): boolean => action === 'blocks' && !moving;

function goOn(operation: OperationRecord, seen: DrainObserved, now: Date): Decision {
  const total = (operation.input.machines as unknown[]).length;
  const left = Math.max(0, total - seen.remaining.length);
  const progress = total === 0 ? null : Math.min(99, Math.floor((left * 100) / total));
  const message = messageOf(seen, left, total);
  const evicts = operation.asked.maintain?.notes.method === 'eviction';
  const due = !operation.asked.evacuate || sinceAsked(operation, 'evacuate', now) > EVICT_AGAIN_MS;
  if (evicts && seen.waiting > 0 && due) {
    return { do: 'act', step: 'evacuate', progress, message, again: true };
  }
  return { do: 'wait', step: 'evacuate', progress, message, recheckMs: LOOK_AGAIN_MS };
}

function messageOf({ remaining }: DrainObserved, left: number, total: number): string {
  const moving = remaining.filter((one) => one.moving).length;
  const stuck = remaining.filter(isStuck).map(nameOf);
  const parts = [`${left} of ${total} have left`];
  if (moving > 0) parts.push(`${moving} on the way`);
  if (stuck.length > 0) parts.push(`${stuck.length} cannot: ${firstOf(stuck)}`);
  return parts.join('; ');
}

/** Nothing more is evicted; whoever moves already arrives. */
function leave(operation: OperationRecord, seen: DrainObserved): Decision {
  const stopped = operation.asked['stop-evicting'];
  if (!stopped) return { do: 'wait', step: 'stop-evicting' };
  if (stopped.refusal) return { do: 'fail', error: stopped.refusal };
  if (seen.maintained) return { do: 'wait', step: 'stop-evicting', recheckMs: LOOK_AGAIN_MS };
  const held = operation.asked['hold-cordoned'];
  if (!held) return { do: 'act', step: 'hold-cordoned' };
  if (held.refusal) return { do: 'fail', error: held.refusal };
  const result = resultOf(seen);
  if (operation.cancelRequested) {
    const still = seen.remaining.length;
    return {
      do: 'cancelled',
      message: `The drain was cancelled: ${still} machines are still on the node, which stays cordoned.`,
      result,
    };
  }
  if (seen.remaining.length === 0) return { do: 'succeed', result };
  const stuck = seen.remaining.filter(({ action }) => action === 'blocks');
  if (stuck.length === 0) return failWith(drainTimeout, undefined, result);
  const names = firstOf(stuck.map((one) => `${nameOf(one)} (${one.reason ?? 'no reason known'})`));
  return failWith(drainBlocked, `${stuck.length} machines could not leave: ${names}`, result);
}

const nameOf = ({ project, namespace, name }: DrainedMachine): string => `${project ?? namespace}/${name}`;

const firstOf = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

function resultOf({ moved, restarted, stopped, remaining }: DrainObserved): Record<string, unknown> {
  return {
    moved,
    restarted,
    stopped,
    remaining: remaining.map((one) => ({ name: nameOf(one), action: one.action, reason: one.reason })),
  };
}
