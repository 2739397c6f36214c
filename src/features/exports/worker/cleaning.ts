import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { isCode } from '../../access/tenant-asks.contract.js';

/**
 * In nobody's name but an editor's of the project: whoever began it may have lost their rights since, and nothing
 * half-made may stay.
 */
export const cleaner = (project: { name: string }): Impersonation => ({
  user: 'virtgate:clean-up',
  groups: [`virtgate:project:${project.name}:editor`, 'system:authenticated'],
});

export async function ignoringAbsence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, 'cluster.not_found')) throw error;
  }
}
