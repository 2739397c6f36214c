import { Injectable } from '@nestjs/common';
import { OperationStore } from '../data/operation-store.js';

export const RETENTION_DAYS = 30;

/** For a scheduler on the leader, about once an hour. */
@Injectable()
export class PruneOperationsCommand {
  constructor(private readonly store: OperationStore) {}

  /** Forgets operations that settled more than 30 days ago; returns how many. */
  execute(now: Date): Promise<number> {
    return this.store.prune(new Date(now.getTime() - RETENTION_DAYS * 24 * 3600 * 1000));
  }
}
