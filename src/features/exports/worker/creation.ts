import { type FailureRecord, failureCatalogue } from '../../../kernel/failure.js';
import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { linkOf } from '../domain/export-view.js';
import { exportEmpty, exportFailed, exportTimeout, exportVanished } from '../domain/failures.js';
import type { ObservedExport } from '../domain/observed.js';

export interface ExportObserved {
  /** Only the export that the operation made, or was told of by uid. */
  export: ObservedExport | undefined;
}

/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;
/** A snapshot is restored to disks of its own before it can be read. */
const READY_LIMIT_MS = 15 * 60_000;
const CANCELLED = 'cancelled';

/** The decision of `export.create`. Pure. */
export function nextOfCreation(operation: OperationRecord, observed: ExportObserved, now: Date): Decision {
  if (isRequested(operation, 'clean-up')) return afterCleanUp(operation, observed);
  const made = operation.asked['create-export'];
  if (!made) return { do: 'wait', step: 'create-export' };
  if (operation.cancelRequested) return cleanUp(CANCELLED);
  if (made.refusal) return giveUp(made.refusal);
  const waitedMs = sinceAsked(operation, 'create-export', now);
  const { export: found } = observed;
  if (!found) {
    return waitedMs > SEEN_LIMIT_MS ? giveUp(failureRecord(exportVanished)) : waiting('Pending');
  }
  if (found.deleting) return giveUp(failureRecord(exportVanished));
  if (found.phase === 'Ready' && linkOf(found)) {
    return {
      do: 'succeed',
      result: { id: found.uid, name: found.name, project: operation.project.name },
    };
  }
  if (found.phase === 'Skipped') return giveUp(failureRecord(exportEmpty));
  if (waitedMs > READY_LIMIT_MS) {
    return giveUp(failureRecord(exportTimeout, `The export is still ${found.message ?? found.phase}.`));
  }
  return waiting(found.message ?? found.phase);
}

const waiting = (message: string): Decision => ({
  do: 'wait',
  step: 'wait-ready',
  progress: 20,
  message,
  recheckMs: 5000,
});

const giveUp = ({ code, message }: FailureRecord): Decision => cleanUp(`${code}: ${message}`);

/** Why is kept as the message of the step, for what it was read from is gone when the cleaning is done. */
const cleanUp = (why: string): Decision => ({
  do: 'act',
  step: 'clean-up',
  message: why,
  leaving: why === CANCELLED ? 'SKIPPED' : 'FAILED',
});

function afterCleanUp(operation: OperationRecord, { export: left }: ExportObserved): Decision {
  const why = operation.steps.find(({ name }) => name === 'clean-up')?.message ?? CANCELLED;
  const cleaned = operation.asked['clean-up'];
  if (!cleaned) return { do: 'wait', step: 'clean-up', message: why };
  // Nothing half-made stays, however long the cluster is away.
  if (cleaned.refusal?.code === 'operation.exhausted') return cleanUp(why);
  if (left && !cleaned.refusal) return { do: 'wait', step: 'clean-up', message: why, recheckMs: 2000 };
  if (why === CANCELLED) return { do: 'cancelled' };
  const failure = reasonFrom(why);
  if (!cleaned.refusal) return fail(failure);
  const kept = `What was made of it could not be removed: ${cleaned.refusal.message}`;
  return fail({ ...failure, hint: [failure.hint, kept].filter(Boolean).join(' ') });
}

function reasonFrom(why: string): FailureRecord {
  const [, code = exportFailed.definition.code, message = why] =
    /^([a-z_]+\.[a-z_]+): ([\s\S]+)$/.exec(why) ?? [];
  const known = failureCatalogue().find((definition) => definition.code === code);
  return { code, message, hint: known?.hint ?? null };
}
