import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import type { MachineCaches } from '../data/machine-caches.js';
import { vmNotRunning, vmStopTimeout, vmVanished } from '../domain/failures.js';
import type { ObservedInstance, ObservedMachine } from '../domain/observed.js';
import type { PowerAction } from '../domain/power.js';
import { START_AGAIN } from '../operation-kinds.js';
import { type PowerAsks, powerInput } from './power-asks.js';
import { startVerdict } from './start-watch.js';

export interface PowerObserved {
  machine: ObservedMachine | undefined;
  instance: ObservedInstance | undefined;
}

const SETTLE_LIMIT_MS = 10 * 60_000;
const PAUSE_LIMIT_MS = 60_000;

/** One of `vm.start`, `vm.stop`, ...: asks once, then watches the machine get there. */
export class PowerMachine implements OperationMachine<PowerObserved> {
  constructor(
    readonly kind: string,
    private readonly caches: MachineCaches,
    private readonly asks: PowerAsks,
  ) {}

  observe({ project: { namespace }, target: { name } }: OperationRecord): PowerObserved {
    return {
      machine: this.caches.machines.get(namespace, name),
      instance: this.caches.instances.get(namespace, name),
    };
  }

  next(operation: OperationRecord, observed: PowerObserved, now: Date): Decision {
    return nextOfPower(operation, observed, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    return this.asks.ask(operation, step);
  }
}

/** The decision of every power action. Pure. */
export function nextOfPower(operation: OperationRecord, observed: PowerObserved, now: Date): Decision {
  const asked = operation.asked.request;
  if (!asked) return { do: 'wait', step: 'request' };
  if (asked.refusal) return fail(asked.refusal);
  const { action, uid } = powerInput(operation);
  if (action === 'soft-reboot' || action === 'reset') return { do: 'succeed' };
  const { machine, instance } = observed;
  if (machine?.uid !== uid || machine.deleting) return fail(failureRecord(vmVanished));
  const shutdown = asked.notes.waitsFor
    ? afterShutdown(operation, instance, asked.notes.waitsFor, now)
    : null;
  if (shutdown) return shutdown;
  const waitedMs = sinceAsked(operation, operation.asked[START_AGAIN] ? START_AGAIN : 'request', now);
  return SETTLE[action](operation, machine, instance, waitedMs, now);
}

/** Asks for the start once the instance that was shutting down is gone; null when that was answered. */
function afterShutdown(
  operation: OperationRecord,
  instance: ObservedInstance | undefined,
  uid: string,
  now: Date,
): Decision | null {
  const again = operation.asked[START_AGAIN];
  if (again) return again.refusal ? fail(again.refusal) : null;
  if (isRequested(operation, START_AGAIN)) return { do: 'wait', step: START_AGAIN };
  const over = instance?.uid !== uid || instance.phase === 'Succeeded' || instance.phase === 'Failed';
  if (over) return { do: 'act', step: START_AGAIN };
  if (sinceAsked(operation, 'request', now) >= SETTLE_LIMIT_MS) return fail(failureRecord(vmStopTimeout));
  return { do: 'wait', step: 'request', message: 'Waiting until it has shut down', recheckMs: 5000 };
}

type Settle = (
  operation: OperationRecord,
  machine: ObservedMachine,
  instance: ObservedInstance | undefined,
  waitedMs: number,
  now: Date,
) => Decision;

const wait = (message: string): Decision => ({ do: 'wait', step: 'settle', message, recheckMs: 5000 });

const started: Settle = (operation, machine, instance, waitedMs, now) => {
  const { options } = powerInput(operation);
  const verdict = startVerdict(machine, instance, { paused: options.paused === true }, waitedMs, now);
  if (verdict.started) return { do: 'succeed' };
  return verdict.failure ? fail(verdict.failure) : wait(verdict.message);
};

const STILL_THERE = new Set([
  'Starting',
  'Running',
  'Paused',
  'Migrating',
  'Stopping',
  'CrashLoopBackOff',
  'ErrorUnschedulable',
]);

const stopped: Settle = (_operation, machine, instance, waitedMs) => {
  const over = !instance || instance.phase === 'Succeeded' || instance.phase === 'Failed';
  // A machine whose disk is still being filled is Provisioning, not Stopped, when it is switched off.
  if (over && !STILL_THERE.has(machine.state)) return { do: 'succeed' };
  if (waitedMs < SETTLE_LIMIT_MS) return wait(machine.state);
  return fail(failureRecord(vmStopTimeout, `The virtual machine is still ${machine.state}.`));
};

const paused =
  (wanted: boolean): Settle =>
  (_operation, machine, instance, waitedMs) => {
    if (!instance || instance.deleting || instance.phase !== 'Running') {
      return waitedMs > 5000 ? fail(failureRecord(vmNotRunning)) : wait(machine.state);
    }
    // Both must say so, for a reader sees the machine's word.
    if (instance.paused === wanted && (machine.state === 'Paused') === wanted) return { do: 'succeed' };
    if (waitedMs < PAUSE_LIMIT_MS) return wait(machine.state);
    return fail(failureRecord(vmStopTimeout, `The virtual machine is still ${machine.state}.`));
  };

const SETTLE: Record<Exclude<PowerAction, 'soft-reboot' | 'reset'>, Settle> = {
  start: started,
  stop: stopped,
  restart: (operation, machine, instance, waitedMs, now) =>
    instance && instance.uid !== powerInput(operation).instanceUid
      ? started(operation, machine, instance, waitedMs, now)
      : waitedMs < SETTLE_LIMIT_MS
        ? wait(machine.state)
        : fail(failureRecord(vmStopTimeout, `The virtual machine is still ${machine.state}.`)),
  pause: paused(true),
  unpause: paused(false),
};
