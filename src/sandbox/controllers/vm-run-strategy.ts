import type { KubeObject, Untyped } from '../store/kube-object.js';
import { timestamp } from './conditions.js';

export type RunStrategy = 'Always' | 'RerunOnFailure' | 'Manual' | 'Halted' | 'Once';

/** What a machine is to be: its run strategy, or what `spec.running` means. */
export function runStrategyOf(vm: { spec?: Untyped }): RunStrategy {
  if (vm.spec?.runStrategy) return vm.spec.runStrategy;
  return vm.spec?.running ? 'Always' : 'Halted';
}

export interface StateChangeRequest {
  action: 'Start' | 'Stop';
  uid?: string;
  data?: Record<string, string>;
}

export interface StartFailure {
  consecutiveFailCount: number;
  lastFailedVMIUID: string;
  retryAfterTimestamp: string;
}

export type PowerDecision =
  | { act: 'none' }
  | { act: 'start'; paused: boolean }
  | { act: 'stop'; thenStart: boolean };

/**
 * What the run strategy and the requests of start, stop and restart ask for now.
 * @see KubeVirt's user guide, "Run Strategies".
 */
export function decidePower(vm: KubeObject, vmi: KubeObject | undefined): PowerDecision {
  const strategy = runStrategyOf(vm);
  const requests = requestsOf(vm);
  const start = requests.find((request) => request.action === 'Start');
  const paused = start?.data?.paused === 'true';
  if (vmi) {
    if (vmi.metadata.deletionTimestamp) return { act: 'none' };
    const stopAsked = requests.some(
      (request) => request.action === 'Stop' && (!request.uid || request.uid === vmi.metadata.uid),
    );
    const ended = isFinal(vmi);
    const failed = vmi.status?.phase === 'Failed';
    if (strategy === 'Halted') return { act: 'stop', thenStart: false };
    if (strategy === 'Always' && (stopAsked || ended)) return { act: 'stop', thenStart: false };
    if (strategy === 'RerunOnFailure' && (stopAsked || failed)) {
      return { act: 'stop', thenStart: failed && !stopAsked };
    }
    if (strategy === 'Manual' && stopAsked) return { act: 'stop', thenStart: false };
    return { act: 'none' };
  }
  const startsNow: Record<RunStrategy, boolean> = {
    Always: true,
    RerunOnFailure: Boolean(start) || vm.status?.runStrategy !== strategy,
    Once: Boolean(start) || vm.status?.runStrategy !== strategy,
    Manual: Boolean(start),
    Halted: false,
  };
  return startsNow[strategy] ? { act: 'start', paused } : { act: 'none' };
}

export function requestsOf(vm: KubeObject): StateChangeRequest[] {
  return vm.status?.stateChangeRequests ?? [];
}

/** The requests that are still to be done, given the instance as it is. */
export function pendingRequests(vm: KubeObject, vmi: KubeObject | undefined): StateChangeRequest[] {
  const alive = vmi && !vmi.metadata.deletionTimestamp;
  const pending = requestsOf(vm).filter(
    (request) => request.action !== 'Stop' || (alive && (!request.uid || request.uid === vmi.metadata.uid)),
  );
  const stopFirst = pending.some((request) => request.action === 'Stop');
  if (alive && !stopFirst && !isFinal(vmi)) return pending.filter((request) => request.action !== 'Start');
  if (runStrategyOf(vm) === 'Halted') return pending.filter((request) => request.action !== 'Start');
  return pending;
}

export function isFinal(vmi: KubeObject | undefined): boolean {
  return vmi?.status?.phase === 'Succeeded' || vmi?.status?.phase === 'Failed';
}

/** Counts instances that ended without ever running; a running one ends the count. */
export function nextStartFailure(
  present: StartFailure | undefined,
  vmi: KubeObject | undefined,
  now: Date,
): StartFailure | undefined {
  if (!vmi) return present;
  const ran = (vmi.status?.phaseTransitionTimestamps ?? []).some((one: Untyped) => one.phase === 'Running');
  if (ran) return undefined;
  if (!isFinal(vmi) || present?.lastFailedVMIUID === vmi.metadata.uid) return present;
  const count = (present?.consecutiveFailCount ?? 0) + 1;
  const delaySeconds = Math.min(10 * 2 ** (count - 1), 300);
  return {
    consecutiveFailCount: count,
    lastFailedVMIUID: vmi.metadata.uid,
    retryAfterTimestamp: timestamp(new Date(now.getTime() + delaySeconds * 1000)),
  };
}
