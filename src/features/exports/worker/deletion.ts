import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { exportDeleteTimeout } from '../domain/failures.js';
import type { ExportObserved } from './creation.js';

const GONE_LIMIT_MS = 10 * 60_000;

/** The decision of `export.delete`. Pure. */
export function nextOfDeletion(operation: OperationRecord, observed: ExportObserved, now: Date): Decision {
  const asked = operation.asked['delete-export'];
  if (!asked) return { do: 'wait', step: 'delete-export' };
  if (asked.refusal) return fail(asked.refusal);
  if (!observed.export) return { do: 'succeed' };
  if (sinceAsked(operation, 'delete-export', now) > GONE_LIMIT_MS) {
    return fail(failureRecord(exportDeleteTimeout));
  }
  return { do: 'wait', step: 'wait-gone', progress: 50, recheckMs: 5000 };
}
