import { type DynamicModule, Module, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../database/database.js';
import { postgresBackend, redisBackend } from './bull-backend.js';
import { BullJobRunner, type BullJobRunnerOptions } from './bull-job-runner.js';
import { JobRunner, Outbox } from './job-queue.js';
import { SqlOutbox } from './sql-outbox.js';

export interface QueueOptions extends BullJobRunnerOptions {
  /** redis://...; null keeps the queues in Postgres. */
  redisUrl: string | null;
  databaseUrl: string;
}

/** All that a gateway needs: it writes jobs down and runs none. `Database` comes from the platform module. */
@Module({ providers: [{ provide: Outbox, useClass: SqlOutbox }], exports: [Outbox] })
export class OutboxModule {}

/** A worker's queue. Call `JobRunner.start()` once all rooms have registered their handlers. */
@Module({})
export class QueueModule implements OnModuleDestroy {
  constructor(private readonly runner: JobRunner) {}

  static forRoot(options: QueueOptions): DynamicModule {
    const { redisUrl, databaseUrl } = options;
    const runner = {
      provide: JobRunner,
      inject: [Database],
      useFactory: (database: Database) =>
        new BullJobRunner(
          redisUrl ? redisBackend(redisUrl) : postgresBackend(databaseUrl),
          database,
          options,
        ),
    };
    return {
      module: QueueModule,
      imports: [OutboxModule],
      providers: [runner],
      exports: [OutboxModule, JobRunner],
    };
  }

  async onModuleDestroy(): Promise<void> {
    await this.runner.stop();
  }
}
