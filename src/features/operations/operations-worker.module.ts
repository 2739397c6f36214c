import { Module, type OnModuleInit } from '@nestjs/common';
import { JobRunner, QUEUES } from '../../platform/queue/job-queue.js';
import { ASK_JOB } from './ask-job.js';
import { DurableOperationEngine } from './durable-operation-engine.js';
import { Machines } from './machines.js';
import { CachedClusterSight } from './observer/cached-cluster-sight.js';
import { ClusterSight } from './observer/cluster-sight.js';
import { Evaluation } from './observer/evaluation.js';
import { OperationObserver } from './observer/operation-observer.js';
import { OperationPruning } from './observer/operation-pruning.js';
import { OperationEngine } from './operations.contract.js';
import { OperationsCoreModule } from './operations-core.module.js';
import { AskHandler } from './worker/ask-handler.js';

/**
 * Operations in a worker. `JobRunner`, `Leadership`, `ClusterCache`, `Database` and `Sealer` come from the platform
 * module. Rooms register their machines with `OperationEngine` in `onModuleInit`.
 */
@Module({
  imports: [OperationsCoreModule],
  providers: [
    Machines,
    AskHandler,
    Evaluation,
    OperationObserver,
    OperationPruning,
    { provide: ClusterSight, useClass: CachedClusterSight },
    { provide: OperationEngine, useClass: DurableOperationEngine },
  ],
  exports: [OperationEngine, OperationsCoreModule],
})
export class OperationsWorkerModule implements OnModuleInit {
  constructor(
    private readonly runner: JobRunner,
    private readonly asks: AskHandler,
  ) {}

  onModuleInit(): void {
    for (const queue of QUEUES) {
      this.runner.register({
        name: ASK_JOB,
        queue,
        handle: (payload, attempt) => this.asks.handle(payload, attempt),
      });
    }
  }
}
