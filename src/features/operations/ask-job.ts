import type { Job } from '../../platform/queue/job-queue.js';
import type { StoredOperation } from './domain/operation.js';

export const ASK_JOB = 'operation.ask';

/** The job that asks the cluster for one step. `times` makes each asking a job of its own. */
export function askJob(
  { id, queue }: Pick<StoredOperation, 'id' | 'queue'>,
  step: string,
  times: number | string,
): Job {
  return {
    queue,
    name: ASK_JOB,
    id: `${id}-${step}-${times}`,
    payload: { operationId: id, step },
  };
}
