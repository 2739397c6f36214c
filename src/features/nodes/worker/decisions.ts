import type { FailureFactory, FailureRecord } from '../../../kernel/failure.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';

/** Milliseconds since a step was answered; 0 where it was not. */
export const sinceAsked = (operation: OperationRecord, step: string, now: Date): number => {
  const asked = operation.asked[step];
  return asked ? now.getTime() - Date.parse(asked.at) : 0;
};

export const failureRecord = ({ definition }: FailureFactory, message?: string): FailureRecord => ({
  code: definition.code,
  message: message ?? definition.title,
  hint: definition.hint ?? null,
});

export const failWith = (
  failure: FailureFactory,
  message?: string,
  result?: Record<string, unknown>,
): Decision => ({ do: 'fail', error: failureRecord(failure, message), ...(result ? { result } : {}) });
