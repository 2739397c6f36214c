import { type FailureRecord, toFailureRecord } from '../../../kernel/failure.js';
import type { Decision, OperationState, OperationStep } from '../operations.contract.js';
import { outstandingStep, type StoredOperation } from './operation.js';
import { operationCancelled, operationExhausted } from './operation-failures.js';
import { enterStep, settleSteps } from './steps.js';

/** What is written of an operation; absent fields stay as they are. */
export interface Change {
  state?: OperationState;
  steps?: OperationStep[];
  progress?: number | null;
  progressAt?: Date;
  error?: FailureRecord | null;
  result?: Record<string, unknown> | null;
  startedAt?: Date;
  finishedAt?: Date;
  nextCheckAt?: Date | null;
  cancelRequested?: boolean;
}

export interface Consequence {
  /** Empty when nothing that anybody can see changes. */
  change: Change;
  /** When to look again, if nothing happens before. */
  nextCheckAt: Date | null;
  /** The step to ask the cluster for. */
  ask: string | null;
}

/** How soon a decision that has to wait for an outstanding ask is looked at again. */
const OUTSTANDING_RECHECK_MS = 1000;

/**
 * What a decision means for an operation as it stands. Pure, and the same decision a second time changes nothing:
 * so it may be taken in again after a crash, or by two leaders.
 */
export function consequenceOf(operation: StoredOperation, decision: Decision, now: Date): Consequence {
  const outstanding = outstandingStep(operation);
  switch (decision.do) {
    case 'wait':
      return moveTo(operation, decision, { ask: null, nextCheckAt: after(now, decision.recheckMs), now });
    case 'act': {
      if (outstanding !== null && outstanding !== decision.step) return postponed(now);
      const ask = mayAsk(operation, decision) ? decision.step : null;
      return moveTo(operation, decision, { ask, nextCheckAt: null, now });
    }
    default:
      // The cluster may be doing at this moment what was asked of it: an outcome would be premature.
      return outstanding === null ? settle(operation, decision, now) : postponed(now);
  }
}

const after = (now: Date, ms: number | undefined) => (ms === undefined ? null : new Date(now.getTime() + ms));

/** A step is asked once, unless the queue gave it up or the machine wants it so. */
function mayAsk(
  { queued, asked }: StoredOperation,
  { step, again }: Extract<Decision, { do: 'act' }>,
): boolean {
  if (asked[step]) return again === true || asked[step].refusal?.code === operationExhausted.definition.code;
  return !queued[step];
}

function moveTo(
  operation: StoredOperation,
  decision: Extract<Decision, { step: string }>,
  { ask, nextCheckAt, now }: { ask: string | null; nextCheckAt: Date | null; now: Date },
): Consequence {
  const steps = enterStep(operation.steps, {
    step: decision.step,
    message: decision.message,
    now,
    endOf: (step) => {
      const refusal = operation.asked[step.name]?.refusal ?? null;
      return {
        state: decision.leaving ?? (refusal ? 'FAILED' : 'SUCCEEDED'),
        message: refusal?.message ?? null,
      };
    },
  });
  const change: Change = {};
  if (operation.state === 'PENDING') Object.assign(change, { state: 'RUNNING', startedAt: now });
  const moved = operation.steps.some((step, index) => step.state !== steps[index]?.state);
  if (moved || operation.steps.some((step, index) => step.message !== steps[index]?.message)) {
    change.steps = steps;
  }
  const progress = rounded(decision.progress);
  if (progress !== undefined && progress !== operation.progress) change.progress = progress;
  if (moved || 'progress' in change) change.progressAt = now;
  return { change, nextCheckAt, ask };
}

function settle(
  operation: StoredOperation,
  decision: Extract<Decision, { do: 'succeed' | 'fail' | 'cancelled' }>,
  now: Date,
): Consequence {
  const common = { startedAt: operation.startedAt ?? now, finishedAt: now, progressAt: now };
  const done = (change: Change): Consequence => ({
    change: { ...change, ...common, nextCheckAt: null },
    nextCheckAt: null,
    ask: null,
  });
  if (decision.do === 'succeed') {
    return done({
      state: 'SUCCEEDED',
      progress: 100,
      result: decision.result ?? null,
      steps: settleSteps(operation.steps, { state: 'SUCCEEDED', message: null }, now),
    });
  }
  if (decision.do === 'fail') {
    const { message } = decision.error;
    return done({
      state: 'FAILED',
      error: decision.error,
      result: decision.result ?? null,
      steps: settleSteps(operation.steps, { state: 'FAILED', message }, now),
    });
  }
  const reason = toFailureRecord(operationCancelled(decision.message));
  return done({ ...cancelled(operation, reason, now), result: decision.result ?? null });
}

/** Also for an operation that another one replaces, which needs nobody's decision. */
export function cancelled(operation: StoredOperation, reason: FailureRecord, now: Date): Change {
  return {
    state: 'CANCELLED',
    error: reason,
    startedAt: operation.startedAt ?? now,
    finishedAt: now,
    nextCheckAt: null,
    steps: settleSteps(operation.steps, { state: 'SKIPPED', message: reason.message }, now),
  };
}

const postponed = (now: Date): Consequence => ({
  change: {},
  nextCheckAt: new Date(now.getTime() + OUTSTANDING_RECHECK_MS),
  ask: null,
});

function rounded(progress: number | null | undefined): number | null | undefined {
  if (typeof progress !== 'number') return progress;
  return Math.max(0, Math.min(100, Math.floor(progress)));
}
