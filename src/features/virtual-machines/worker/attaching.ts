import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import {
  type Attachment,
  isPlugged,
  type VolumeStatus,
  vmHotplugTimeout,
  vmUnplugTimeout,
} from '../domain/attachment.js';
import { vmVanished } from '../domain/failures.js';

export interface AttachInput {
  uid: string;
  /** The machine ran when it was asked for. */
  hot: boolean;
  attachment: Attachment;
}

export interface DetachInput {
  uid: string;
  hot: boolean;
  claim: string;
  volume: string;
  /** The drive stays. */
  eject?: boolean;
}

export const attachInput = ({ input }: OperationRecord): AttachInput => input as unknown as AttachInput;
export const detachInput = ({ input }: OperationRecord): DetachInput => input as unknown as DetachInput;

export interface VolumeObserved {
  /** Of the VirtualMachine. */
  uid: string | undefined;
  /** In its specification. */
  wanted: VolumeStatus | undefined;
  /** In its instance. */
  live: VolumeStatus | undefined;
}

/** KubeVirt starts a pod on the node, mounts the disk there and passes it on: minutes, where a node is busy. */
export const PLUG_LIMIT_MS = 3 * 60_000;
const UNPLUG_LIMIT_MS = 3 * 60_000;
const RECHECK_MS = 3000;

/** The decision of `vm.attach-disk`. Pure. */
export function nextOfAttach(operation: OperationRecord, observed: VolumeObserved, now: Date): Decision {
  const asked = operation.asked.attach;
  if (!asked) return { do: 'wait', step: 'attach' };
  if (asked.refusal) return fail(asked.refusal);
  const { uid, hot, attachment } = attachInput(operation);
  if (observed.uid !== uid) return fail(failureRecord(vmVanished));
  if (isRequested(operation, 'roll-back')) return afterRollBack(operation, observed);
  const { claim, volume } = attachment;
  if (observed.wanted && (!hot || (observed.live && isPlugged(observed.live)))) {
    return { do: 'succeed', result: { disk: claim, volume, hot } };
  }
  const { live } = observed;
  const message = live?.message ?? live?.reason ?? live?.phase ?? 'Waiting for the cluster';
  if (sinceAsked(operation, 'attach', now) > PLUG_LIMIT_MS) {
    return { do: 'act', step: 'roll-back', message, leaving: 'FAILED' };
  }
  return { do: 'wait', step: 'wait-ready', progress: 50, message, recheckMs: RECHECK_MS };
}

function afterRollBack(operation: OperationRecord, { live, wanted }: VolumeObserved): Decision {
  const undone = operation.asked['roll-back'];
  const why = operation.steps.find(({ name }) => name === 'roll-back')?.message ?? 'nothing was said';
  if (!undone) return { do: 'wait', step: 'roll-back', message: why };
  const limit = `The cluster was given ${PLUG_LIMIT_MS / 60_000} minutes; its last word: ${why}.`;
  const left = undone.refusal ?? (live || wanted ? { message: 'It is being taken out still.' } : null);
  const hint = left ? `What was begun is not taken back yet: ${left.message}` : undefined;
  return fail(failureRecord(vmHotplugTimeout, limit, hint));
}

/** The decision of `vm.detach-disk`. Pure. */
export function nextOfDetach(operation: OperationRecord, observed: VolumeObserved, now: Date): Decision {
  const asked = operation.asked.detach;
  if (!asked) return { do: 'wait', step: 'detach' };
  if (asked.refusal) return fail(asked.refusal);
  const { uid, hot, claim, volume } = detachInput(operation);
  if (observed.uid !== uid) return fail(failureRecord(vmVanished));
  if (!observed.wanted && !(hot && observed.live)) {
    return { do: 'succeed', result: { disk: claim, volume } };
  }
  const message = observed.live?.message ?? observed.live?.phase ?? 'Waiting for the cluster';
  if (sinceAsked(operation, 'detach', now) > UNPLUG_LIMIT_MS) {
    return fail(failureRecord(vmUnplugTimeout, `The disk is there still: ${message}.`));
  }
  return { do: 'wait', step: 'wait-gone', progress: 50, message, recheckMs: RECHECK_MS };
}
