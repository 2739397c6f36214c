import type { OperationStep } from '../operations.contract.js';

type Ended = 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

export function initialSteps(names: readonly string[]): OperationStep[] {
  return names.map((name) => ({ name, state: 'PENDING', message: null, startedAt: null, finishedAt: null }));
}

export interface Entering {
  step: string;
  message?: string;
  now: Date;
  /** How a step that was under way has ended. */
  endOf: (step: OperationStep) => { state: Ended; message: string | null };
}

/** Goes on to a step, or stays in it. Throws when the machine has no such step. */
export function enterStep(
  steps: readonly OperationStep[],
  { step, message, now, endOf }: Entering,
): OperationStep[] {
  if (!steps.some(({ name }) => name === step)) throw new Error(`The operation has no step "${step}".`);
  return steps.map((one) => {
    if (one.name !== step) return one.state === 'RUNNING' ? end(one, endOf(one), now) : one;
    return {
      name: one.name,
      state: 'RUNNING',
      message: message ?? one.message,
      startedAt: one.startedAt ?? now.toISOString(),
      finishedAt: null,
    };
  });
}

/** The last word on all steps: what was under way ends as said, what never began is skipped. */
export function settleSteps(
  steps: readonly OperationStep[],
  running: { state: Ended; message: string | null },
  now: Date,
): OperationStep[] {
  return steps.map((step) => {
    if (step.state === 'RUNNING') return end(step, running, now);
    return step.state === 'PENDING' ? { ...step, state: 'SKIPPED' } : step;
  });
}

function end(
  step: OperationStep,
  { state, message }: { state: Ended; message: string | null },
  now: Date,
): OperationStep {
  return { ...step, state, message: message ?? step.message, finishedAt: now.toISOString() };
}
