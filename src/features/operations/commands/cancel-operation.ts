import { Injectable } from '@nestjs/common';
import { type Principal, projectOrNull } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { Outbox } from '../../../platform/queue/job-queue.js';
import { askJob } from '../ask-job.js';
import { OperationStore } from '../data/operation-store.js';
import { outstandingStep, type StoredOperation, toView } from '../domain/operation.js';
import {
  operationFinished,
  operationNotCancellable,
  operationNotFound,
} from '../domain/operation-failures.js';
import type { OperationView } from '../operations.contract.js';

@Injectable()
export class CancelOperationCommand {
  constructor(
    private readonly database: Database,
    private readonly store: OperationStore,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Asks for the end of an operation; its machine decides how to get there. The right was checked before. A second
   * cancel is no fault; a dry run only checks. Throws operation.finished and operation.not_cancellable.
   */
  async execute(principal: Principal, id: string): Promise<OperationView> {
    return this.database.transaction(async (tx) => {
      const operation = await this.store.lock(tx, id);
      if (!operation) throw operationNotFound();
      if (operation.finishedAt) {
        throw operationFinished(`The operation has ${operation.state.toLowerCase()} already.`);
      }
      if (!operation.cancellable) {
        throw operationNotCancellable(`An operation of kind ${operation.kind} cannot be cancelled.`);
      }
      if (operation.cancelRequested || currentContext()?.dryRun) return toView(operation);
      await this.store.write(tx, operation, { cancelRequested: true });
      await this.hurry(tx, operation);
      await this.audit.append(tx, {
        actor: principal,
        action: 'operation.cancel',
        target: { type: 'operation', name: id },
        project: projectOrNull(operation.project),
        result: 'accepted',
        details: { kind: operation.kind },
      });
      return toView({ ...operation, cancelRequested: true });
    });
  }

  /** A step that waits for its next try need not wait any more: a job of its own takes the answer "cancelled" now. */
  private async hurry(tx: Tx, operation: StoredOperation): Promise<void> {
    const step = outstandingStep(operation);
    if (step !== null) await this.outbox.add(tx, askJob(operation, step, 'cancel'));
  }
}
