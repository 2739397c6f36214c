import type { ClusterClient, ClusterObject, Impersonation } from '../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../platform/cluster/kinds.js';
import { isCode } from '../access/tenant-asks.contract.js';
import { isProtected, UNPROTECTED } from './domain/names.js';

/**
 * Deletes a machine that an operation has made and does not finish. Protection is for what somebody has: where the
 * cluster itself refuses to delete what is protected, something half-made would stay for ever.
 */
export async function takeBackMachine(
  cluster: ClusterClient,
  namespace: string,
  { metadata: { name, uid, labels } }: ClusterObject,
  as: Impersonation,
): Promise<void> {
  try {
    if (isProtected(labels)) {
      const body = { metadata: { uid, labels: UNPROTECTED } };
      await cluster.patch(VIRTUAL_MACHINE, namespace, name, { type: 'merge', body }, { as });
    }
    await cluster.delete(VIRTUAL_MACHINE, namespace, name, { as, uid, propagation: 'Foreground' });
  } catch (error) {
    if (!isCode(error, 'cluster.not_found')) throw error;
  }
}
