import { type FailureRecord, failureCatalogue } from '../../../kernel/failure.js';
import { importFailure } from '../../../platform/import-policy/import-failure.js';
import { failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { imageCreateFailed, imageVanished } from '../domain/failures.js';
import type { Visibility } from '../domain/image-body.js';
import { isComplete } from '../domain/image-view.js';
import type { ObservedImage, ObservedImageVolume } from '../domain/observed.js';

export interface CopyObserved {
  published: ObservedImage | undefined;
  copy: ObservedImageVolume | undefined;
  /** When the copy was last seen to move. */
  copyMovedAt: Date | undefined;
  /** Why the schedule of the copy does not know yet what to import. */
  copyUnseen: string | null;
}

/** How long the watch may lag behind what was asked. */
export const SEEN_LIMIT_MS = 60_000;
const CANCELLED = 'cancelled';

/**
 * The part of sharing: `publish`, then `copy` until it is complete, `withdraw` when it does not get there. Pure. Null
 * when the image is shared.
 */
export function nextOfPublication(
  operation: OperationRecord,
  { published, copy, copyMovedAt, copyUnseen }: CopyObserved,
  wanted: Visibility,
  now: Date,
  stallMs: number,
): Decision | null {
  if (isRequested(operation, 'withdraw')) return afterWithdrawal(operation, published);
  if (!isRequested(operation, 'publish')) return { do: 'act', step: 'publish' };
  const asked = operation.asked.publish;
  if (!asked) return { do: 'wait', step: 'publish' };
  if (asked.refusal?.code === 'image.exists') return { do: 'fail', error: asked.refusal };
  if (asked.refusal) return withdraw(asked.refusal);
  if (published && !published.deleting && published.visibility === wanted && isComplete(published, copy)) {
    return null;
  }
  if (operation.cancelRequested) return withdraw(null);
  const sinceMs = sinceAsked(operation, 'publish', now);
  if (!published && sinceMs > SEEN_LIMIT_MS) return withdraw(failureRecord(imageVanished));
  const failure = fillingFailure(
    { volume: copy, movedAt: copyMovedAt, unseen: copyUnseen },
    sinceMs,
    now,
    stallMs,
  );
  if (failure) return withdraw(failure);
  return {
    do: 'wait',
    step: 'copy',
    progress: Math.max(operation.progress ?? 0, copy?.progress ?? 0),
    message: copy?.phase ?? 'Pending',
    recheckMs: 5000,
  };
}

/** Why there is no hope for what is being filled: the volume, or the schedule that has not begun one. Pure. */
export function fillingFailure(
  filling: { volume: ObservedImageVolume | undefined; movedAt: Date | undefined; unseen: string | null },
  sinceMs: number,
  now: Date,
  stallMs: number,
): FailureRecord | null {
  const { volume, movedAt, unseen } = filling;
  if (volume) {
    const idleMs = Math.min(sinceMs, now.getTime() - (movedAt ?? now).getTime());
    return importFailure(volume, idleMs, stallMs);
  }
  if (unseen === null) return null;
  const running = { status: 'False', reason: 'Error', message: unseen };
  return importFailure({ phase: 'Pending', progress: null, restarts: 0, running }, sinceMs, stallMs);
}

/** Why is kept as the message of the step, for what it was read from is gone when the cleaning is done. */
export const reasonText = (why: FailureRecord | null): string =>
  why ? `${why.code}: ${why.message}` : CANCELLED;

/** Null where it was cancelled. */
export function reasonFrom(text: string | null | undefined): FailureRecord | null {
  if (text === CANCELLED) return null;
  const [, code = imageCreateFailed.definition.code, message = text ?? imageCreateFailed.definition.title] =
    /^([a-z_]+\.[a-z_]+): ([\s\S]+)$/.exec(text ?? '') ?? [];
  const known = failureCatalogue().find((definition) => definition.code === code);
  return { code, message, hint: known?.hint ?? null };
}

const withdraw = (why: FailureRecord | null): Decision => ({
  do: 'act',
  step: 'withdraw',
  message: reasonText(why),
  leaving: why ? 'FAILED' : 'SKIPPED',
});

function afterWithdrawal(operation: OperationRecord, published: ObservedImage | undefined): Decision {
  const message = operation.steps.find(({ name }) => name === 'withdraw')?.message;
  const why = reasonFrom(message);
  const answer = operation.asked.withdraw;
  if (!answer) return { do: 'wait', step: 'withdraw', message: reasonText(why) };
  if (answer.refusal?.code === 'operation.exhausted') return withdraw(why);
  if (published && !answer.refusal)
    return { do: 'wait', step: 'withdraw', message: reasonText(why), recheckMs: 2000 };
  if (!why) return { do: 'cancelled' };
  const hint = ['The image itself is there and stays as it was.', why.hint].filter(Boolean).join(' ');
  return { do: 'fail', error: { ...why, hint } };
}
