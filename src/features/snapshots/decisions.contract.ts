import { type FailureFactory, type FailureRecord, failureCatalogue } from '../../kernel/failure.js';
import type { Decision, OperationRecord } from '../operations/operations.contract.js';

// What the state machines of snapshots, restores and clones decide alike. Pure.

export const CLEAN_UP = 'clean-up';
const CANCELLED = 'cancelled';

export const fail = (error: FailureRecord): Decision => ({ do: 'fail', error });

export const failureRecord = (
  { definition }: Pick<FailureFactory, 'definition'>,
  message?: string,
  hint?: string,
): FailureRecord => ({
  code: definition.code,
  message: message ?? definition.title,
  hint: hint ?? definition.hint ?? null,
});

/** True once a step has been handed to a job, whether or not it has answered. */
export const isRequested = (operation: OperationRecord, step: string): boolean =>
  operation.steps.some(({ name, state }) => name === step && state !== 'PENDING') ||
  operation.asked[step] !== undefined;

/** Milliseconds since a step was answered; 0 where it was not. */
export const sinceAsked = (operation: OperationRecord, step: string, now: Date): number => {
  const asked = operation.asked[step];
  return asked ? now.getTime() - Date.parse(asked.at) : 0;
};

/** Milliseconds since a step was entered; 0 where it was not. */
export const sinceEntered = (operation: OperationRecord, step: string, now: Date): number => {
  const began = operation.steps.find(({ name }) => name === step)?.startedAt;
  return began ? now.getTime() - Date.parse(began) : 0;
};

/** Takes back what was made before failing. */
export const giveUp = ({ code, message }: FailureRecord): Decision => cleaning(`${code}: ${message}`);
export const giveUpCancelled = (): Decision => cleaning(CANCELLED);

/**
 * What the refusal of a first step comes to. A refusal of the cluster made nothing; after the last try, or where a cancel
 * came before the next one, nobody knows: an earlier try may have made it, though its answer was lost.
 */
export function refused(refusal: FailureRecord): Decision {
  if (refusal.code === 'operation.cancelled') return giveUpCancelled();
  return refusal.code === 'operation.exhausted' ? giveUp(refusal) : fail(refusal);
}

/** Why is kept as the message of the step, for what it was read from is gone when the cleaning is done. */
const cleaning = (why: string): Decision => ({
  do: 'act',
  step: CLEAN_UP,
  message: why,
  leaving: why === CANCELLED ? 'SKIPPED' : 'FAILED',
});

/** What the clean-up was begun for. */
export const whyCleaning = (operation: OperationRecord): string =>
  operation.steps.find(({ name }) => name === CLEAN_UP)?.message ?? CANCELLED;

/** Once clean-up was asked: waits until `left` is empty, then ends as it was decided before. */
export function afterCleanUp(
  operation: OperationRecord,
  left: readonly string[],
  fallback: FailureFactory,
): Decision {
  const why = whyCleaning(operation);
  const cleaned = operation.asked[CLEAN_UP];
  if (!cleaned) return { do: 'wait', step: CLEAN_UP, message: why };
  // Nothing half-made stays, however long the cluster is away.
  if (cleaned.refusal?.code === 'operation.exhausted') return cleaning(why);
  if (left.length > 0 && !cleaned.refusal) {
    return { do: 'wait', step: CLEAN_UP, message: why, recheckMs: 2000 };
  }
  if (why === CANCELLED) return { do: 'cancelled' };
  const failure = reasonFrom(why, fallback);
  if (!cleaned.refusal) return fail(failure);
  const stays = `What was made of it could not be removed: ${cleaned.refusal.message}`;
  return fail({ ...failure, hint: [failure.hint, stays].filter(Boolean).join(' ') });
}

function reasonFrom(why: string, fallback: FailureFactory): FailureRecord {
  const [, code = fallback.definition.code, message = why] =
    /^([a-z_-]+\.[a-z_]+): ([\s\S]+)$/.exec(why) ?? [];
  const known = failureCatalogue().find((definition) => definition.code === code);
  return { code, message, hint: known?.hint ?? null };
}
