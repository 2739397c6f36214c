import { AsyncLocalStorage } from 'node:async_hooks';

/** What accompanies one request, or one job on behalf of it, through every floor. */
export interface RequestContext {
  requestId: string;
  sourceAddress: string | null;
  /** Set by the idempotency layer: an operation begun twice under one key is the same operation. */
  idempotencyId: string | null;
  /** `?dryRun=true`: every check runs, nothing is done. */
  dryRun: boolean;
  /** Names of what the request gave, for the audit; never values, which may be secret. */
  fields?: readonly string[];
  /** Of a job: throws where it may be another worker's by now. Asked before each write; never kept. */
  assertHeld?: () => void;
}

const storage = new AsyncLocalStorage<RequestContext>();

export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

export const currentContext = (): RequestContext | undefined => storage.getStore();
