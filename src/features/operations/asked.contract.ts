import type { FailureRecord } from '../../kernel/failure.js';
import type { Decision, OperationRecord } from './operations.contract.js';

/** True once a step has been handed to a job, whether or not it has answered. */
export const isRequested = (operation: OperationRecord, step: string): boolean =>
  operation.steps.some(({ name, state }) => name === step && state !== 'PENDING') ||
  operation.asked[step] !== undefined;

/** Milliseconds since a step was answered; 0 where it was not. */
export const sinceAsked = (operation: OperationRecord, step: string, now: Date): number => {
  const asked = operation.asked[step];
  return asked ? now.getTime() - Date.parse(asked.at) : 0;
};

export const fail = (error: FailureRecord): Decision => ({ do: 'fail', error });

export const failureRecord = (
  { definition }: { definition: { code: string; title: string; hint?: string } },
  message?: string,
  hint?: string,
): FailureRecord => ({
  code: definition.code,
  message: message ?? definition.title,
  hint: hint ?? definition.hint ?? null,
});
