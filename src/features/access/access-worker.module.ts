import { Module, type OnModuleInit } from '@nestjs/common';
import { Leadership } from '../../platform/leadership/leadership.js';
import { JobRunner } from '../../platform/queue/job-queue.js';
import { AccessCoreModule } from './access-core.module.js';
import { SyncProject } from './commands/sync-project.js';
import { ProjectReconciler } from './worker/project-reconciler.js';
import { SyncProjectHandler } from './worker/sync-project.handler.js';
import { TokenPruner } from './worker/token-pruner.js';

/**
 * The worker's side: makes namespaces, and keeps them as they should be. Needs Database, JobRunner, Leadership,
 * ClusterClient and ClusterCache from the platform module.
 */
@Module({
  imports: [AccessCoreModule],
  providers: [SyncProject, SyncProjectHandler, ProjectReconciler, TokenPruner],
  exports: [AccessCoreModule],
})
export class AccessWorkerModule implements OnModuleInit {
  constructor(
    private readonly jobs: JobRunner,
    private readonly handler: SyncProjectHandler,
    private readonly leadership: Leadership,
    private readonly reconciler: ProjectReconciler,
    private readonly pruner: TokenPruner,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this.handler);
    this.leadership.onElected(() => {
      this.reconciler.start();
      this.pruner.start();
    });
    this.leadership.onDeposed(() => {
      this.reconciler.stop();
      this.pruner.stop();
    });
  }
}
