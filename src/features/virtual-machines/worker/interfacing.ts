import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { vmVanished } from '../domain/failures.js';
import { vmInterfaceHeld, vmInterfaceTimeout } from '../domain/interface-change.js';
import type { InterfaceSpec } from '../domain/interfaces.js';

export interface InterfaceInput {
  uid: string;
  /** It is plugged into, or out of, the guest while that runs. */
  hot: boolean;
  running: boolean;
  /** To detach one, its name alone. */
  interface: InterfaceSpec;
}

export const interfaceInput = ({ input }: OperationRecord): InterfaceInput =>
  input as unknown as InterfaceInput;

export interface InterfaceObserved {
  /** Of the VirtualMachine. */
  uid: string | undefined;
  /** In its specification, and meant to stay there. */
  wanted: boolean;
  /** In its guest, as the cluster tells. */
  live: { mac: string | null } | undefined;
}

/** Where the cluster moves the guest to another node for it, that takes its time. */
export const PLUG_LIMIT_MS = 5 * 60_000;
const UNPLUG_LIMIT_MS = 3 * 60_000;
const SEEN_LIMIT_MS = 60_000;
const RECHECK_MS = 3000;

/** The decision of `vm.attach-interface`. Pure. */
export function nextOfInterface(
  operation: OperationRecord,
  { uid, wanted, live }: InterfaceObserved,
  now: Date,
): Decision {
  const asked = operation.asked.attach;
  if (!asked) return { do: 'wait', step: 'attach' };
  if (asked.refusal) return fail(asked.refusal);
  const input = interfaceInput(operation);
  if (uid !== input.uid) return fail(failureRecord(vmVanished));
  if (isRequested(operation, 'roll-back')) return afterRollBack(operation);
  if (wanted && (!input.hot || live)) {
    const { name } = input.interface;
    const mac = live?.mac ?? asked.notes.mac ?? null;
    const restartRequired = input.running && !input.hot;
    return { do: 'succeed', result: { interface: name, mac, hot: input.hot, restartRequired } };
  }
  if (sinceAsked(operation, 'attach', now) > (input.hot ? PLUG_LIMIT_MS : SEEN_LIMIT_MS)) {
    return { do: 'act', step: 'roll-back', message: 'The guest does not have it yet', leaving: 'FAILED' };
  }
  return { do: 'wait', step: 'wait-ready', progress: 50, recheckMs: RECHECK_MS };
}

function afterRollBack(operation: OperationRecord): Decision {
  const undone = operation.asked['roll-back'];
  if (!undone) return { do: 'wait', step: 'roll-back' };
  const left = undone.refusal && `What was begun is not taken back yet: ${undone.refusal.message}`;
  return fail(failureRecord(vmInterfaceTimeout, undefined, left ?? undefined));
}

/** The decision of `vm.detach-interface`. Pure. */
export function nextOfInterfaceGone(
  operation: OperationRecord,
  { uid, wanted, live }: InterfaceObserved,
  now: Date,
): Decision {
  const asked = operation.asked.detach;
  if (!asked) return { do: 'wait', step: 'detach' };
  if (asked.refusal) return fail(asked.refusal);
  const input = interfaceInput(operation);
  if (uid !== input.uid) return fail(failureRecord(vmVanished));
  if (!wanted && !(input.hot && live)) {
    const restartRequired = input.running && !input.hot;
    return { do: 'succeed', result: { interface: input.interface.name, restartRequired } };
  }
  if (sinceAsked(operation, 'detach', now) > UNPLUG_LIMIT_MS) return fail(failureRecord(vmInterfaceHeld));
  return { do: 'wait', step: 'wait-gone', progress: 50, recheckMs: RECHECK_MS };
}
