import type { Job } from '../../../platform/queue/job-queue.js';

export const SYNC_PROJECT = 'access.sync-project';

/** One job for each version of a project: making its namespace, or taking it away. */
export function syncProjectJob(project: { id: string; version: number }): Job {
  return {
    queue: 'access',
    name: SYNC_PROJECT,
    id: `${SYNC_PROJECT}.${project.id}.${project.version}`,
    payload: { projectId: project.id },
  };
}
