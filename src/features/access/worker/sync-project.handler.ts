import { Injectable } from '@nestjs/common';
import type { JobHandler } from '../../../platform/queue/job-queue.js';
import { SyncProject } from '../commands/sync-project.js';
import { SYNC_PROJECT } from '../data/sync-project-job.js';

@Injectable()
export class SyncProjectHandler implements JobHandler {
  readonly name = SYNC_PROJECT;
  readonly queue = 'access';

  constructor(private readonly sync: SyncProject) {}

  async handle(payload: Record<string, unknown>): Promise<void> {
    await this.sync.execute(String(payload.projectId));
  }
}
