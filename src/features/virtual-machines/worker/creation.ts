import { type FailureRecord, failureCatalogue } from '../../../kernel/failure.js';
import { importFailure } from '../../../platform/import-policy/import-failure.js';
import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import type { VirtualMachineSpec } from '../domain/create-body.js';
import { vmCreateFailed, vmVanished } from '../domain/failures.js';
import type {
  ObservedClaim,
  ObservedDataVolume,
  ObservedInstance,
  ObservedMachine,
} from '../domain/observed.js';
import { startVerdict } from './start-watch.js';

export interface CreationObserved {
  /** Only the machine that this operation made. */
  machine: ObservedMachine | undefined;
  instance: ObservedInstance | undefined;
  dataVolume: ObservedDataVolume | undefined;
  claim: ObservedClaim | undefined;
  /** When the import was last seen to move. */
  movedAt: Date | undefined;
}

/** How much of the whole each part is, in percent: an import is nearly all of it. */
const PROGRESS = { checked: 2, made: 5, imported: 90 } as const;
/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;
const CANCELLED = 'cancelled';

/** The decision of `vm.create`. Pure. */
export function nextOfCreation(
  operation: OperationRecord,
  observed: CreationObserved,
  now: Date,
  stallMs: number,
): Decision {
  if (isRequested(operation, 'clean-up')) return afterCleanUp(operation, observed);
  const source = operation.asked['check-source'];
  if (!isRequested(operation, 'create-machine')) {
    if (operation.cancelRequested) return { do: 'cancelled' };
    if (!source) return { do: 'wait', step: 'check-source' };
    const refused = source.refusal ?? failedSource(source.notes);
    if (refused) return fail(refused);
    return { do: 'act', step: 'create-machine', progress: PROGRESS.checked };
  }
  const made = operation.asked['create-machine'];
  // While the cluster may be making it, there is nothing to take back yet.
  if (!made) return { do: 'wait', step: 'create-machine' };
  if (operation.cancelRequested) return cleanUp(CANCELLED);
  if (made.refusal) return giveUp(made.refusal);
  return followMachine(operation, observed, now, stallMs);
}

function failedSource(notes: Record<string, string>): FailureRecord | null {
  return notes.failed ? (JSON.parse(notes.failed) as FailureRecord) : null;
}

function followMachine(
  operation: OperationRecord,
  observed: CreationObserved,
  now: Date,
  stallMs: number,
): Decision {
  const { machine, dataVolume } = observed;
  const sinceMade = sinceAsked(operation, 'create-machine', now);
  if (!machine) {
    if (sinceMade > SEEN_LIMIT_MS) return giveUp(failureRecord(vmVanished));
    return { do: 'wait', step: 'import-disk', progress: rising(operation, PROGRESS.made), recheckMs: 5000 };
  }
  if (machine.deleting) return giveUp(failureRecord(vmVanished));
  if (dataVolume?.phase !== 'Succeeded') {
    const movedAt = observed.movedAt?.getTime() ?? now.getTime();
    const idleMs = Math.min(sinceMade, now.getTime() - movedAt);
    const failure = dataVolume ? importFailure(dataVolume, idleMs, stallMs) : null;
    if (failure) return giveUp(failure);
    const part = (dataVolume?.progress ?? 0) / 100;
    return {
      do: 'wait',
      step: 'import-disk',
      progress: rising(operation, PROGRESS.made + part * (PROGRESS.imported - PROGRESS.made)),
      message: fillingMessage(dataVolume),
      recheckMs: 5000,
    };
  }
  return followStart(operation, observed, machine, now);
}

function followStart(
  operation: OperationRecord,
  { instance, dataVolume }: CreationObserved,
  machine: ObservedMachine,
  now: Date,
): Decision {
  const spec = operation.input.spec as VirtualMachineSpec;
  const result = {
    id: machine.uid,
    name: machine.name,
    project: operation.project.name,
    ...(dataVolume?.clone && { clone: dataVolume.clone }),
  };
  // Until KubeVirt has said Stopped, a reader would still see it provisioning.
  if (!spec.start) {
    return machine.state === 'Provisioning'
      ? { do: 'wait', step: 'import-disk', progress: rising(operation, PROGRESS.imported), recheckMs: 2000 }
      : { do: 'succeed', result };
  }
  if (machine.runStrategy === 'Manual' && !operation.asked.start) {
    return { do: 'act', step: 'start', progress: rising(operation, PROGRESS.imported) };
  }
  const refusal = operation.asked.start?.refusal;
  if (refusal) return fail(refusal);
  const began = operation.steps.find(({ name }) => name === 'start')?.startedAt;
  const waitedMs = began ? now.getTime() - Date.parse(began) : 0;
  const verdict = startVerdict(machine, instance, { paused: false }, waitedMs, now);
  if (verdict.started) return { do: 'succeed', result };
  if (verdict.failure) {
    // The disk is good and the machine is there: only its start is what failed.
    const hint = `The machine was created and stays. ${verdict.failure.hint ?? ''}`.trim();
    return fail({ ...verdict.failure, hint });
  }
  return {
    do: 'wait',
    step: 'start',
    progress: rising(operation, PROGRESS.imported),
    message: verdict.message,
    recheckMs: 5000,
  };
}

/** The phase, and of a clone how it is made and why not faster. */
function fillingMessage(dataVolume: ObservedDataVolume | undefined): string {
  const { phase = 'Pending', clone = null } = dataVolume ?? {};
  if (!clone) return phase;
  return `${phase} (${[clone.method, clone.fallbackReason].filter(Boolean).join(': ')})`;
}

/** An importer that begins again does not take progress back. */
const rising = (operation: OperationRecord, progress: number): number =>
  Math.max(operation.progress ?? 0, Math.round(progress * 10) / 10);

const giveUp = ({ code, message }: FailureRecord): Decision => cleanUp(`${code}: ${message}`);

/** Why is kept as the message of the step, for what it was read from is gone when the cleaning is done. */
const cleanUp = (why: string): Decision => ({
  do: 'act',
  step: 'clean-up',
  message: why,
  leaving: why === CANCELLED ? 'SKIPPED' : 'FAILED',
});

function reasonFrom(why: string): FailureRecord {
  const [, code = vmCreateFailed.definition.code, message = why] =
    /^([a-z_]+\.[a-z_]+): ([\s\S]+)$/.exec(why) ?? [];
  const known = failureCatalogue().find((definition) => definition.code === code);
  return { code, message, hint: known?.hint ?? null };
}

function afterCleanUp(operation: OperationRecord, observed: CreationObserved): Decision {
  const why = operation.steps.find(({ name }) => name === 'clean-up')?.message ?? CANCELLED;
  const cleaned = operation.asked['clean-up'];
  if (!cleaned) return { do: 'wait', step: 'clean-up', message: why };
  // Nothing half-made stays, however long the cluster is away.
  if (cleaned.refusal?.code === 'operation.exhausted') return cleanUp(why);
  const uid = operation.asked['create-machine']?.notes.uid;
  const leftovers =
    observed.machine !== undefined ||
    (uid !== undefined && (observed.dataVolume?.owner?.uid === uid || observed.claim !== undefined));
  if (leftovers && !cleaned.refusal) return { do: 'wait', step: 'clean-up', message: why, recheckMs: 2000 };
  if (why === CANCELLED) return { do: 'cancelled' };
  const failure = reasonFrom(why);
  if (!cleaned.refusal) return fail(failure);
  const left = `What was made of it could not be removed: ${cleaned.refusal.message}`;
  return fail({ ...failure, hint: [failure.hint, left].filter(Boolean).join(' ') });
}
