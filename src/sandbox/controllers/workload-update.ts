import type { KubeObject } from '../store/kube-object.js';
import { findCondition, isConditionTrue } from './conditions.js';
import { movesWorkloads } from './live-update.js';
import { isFinalMigration, isMigrating, MIGRATION_FINALIZER, migrationsOf } from './migration-state.js';
import { keyOf } from './ownership.js';
import {
  type Controller,
  KUBEVIRTS,
  MIGRATIONS,
  type Reconciliation,
  VMIS,
  type World,
} from './reconciliation.js';
import { stableSuffix } from './stable-names.js';
import { HOT_CPU, HOT_MEMORY, hasMovedFor } from './vmi-growth.js';

const MARK = 'kubevirt.io/workloadUpdateMigration';
const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 300_000;

/**
 * virt-controller's workload updater: moves a guest that needs another pod for what was changed of it, where the cluster
 * is set up for that.
 */
export const workloadUpdateController: Controller = {
  name: 'workload-update',
  resource: VMIS,
  reconcile: reconcileWorkload,
  watches: {
    [MIGRATIONS]: ({ metadata: { namespace }, spec }) => [`${namespace}/${spec.vmiName}`],
    [KUBEVIRTS]: (_kubevirt, world) => world.list(VMIS).map(keyOf),
  },
};

export function reconcileWorkload(vmi: KubeObject, world: World): Reconciliation {
  if (!needsMove(vmi) || !movesWorkloads(world) || !isConditionTrue(vmi, 'LiveMigratable'))
    return { changes: [] };
  const migrations = migrationsOf(vmi, world);
  if (isMigrating(vmi) || migrations.some((one) => !isFinalMigration(one))) return { changes: [] };
  const since = Math.min(...[HOT_CPU, HOT_MEMORY].flatMap((type) => transition(vmi, type)));
  const tries = migrations.filter(
    ({ metadata }) =>
      metadata.annotations?.[MARK] !== undefined && Date.parse(metadata.creationTimestamp ?? '') >= since,
  );
  const last = tries.at(-1);
  if (last) {
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (tries.length - 1), LAST_RETRY_MS);
    const dueMs = Date.parse(last.metadata.creationTimestamp ?? '') + waitMs - world.now.getTime();
    if (dueMs > 0) return { changes: [], requeueAfterMs: dueMs };
  }
  const { namespace, name, uid } = vmi.metadata;
  return {
    changes: [
      {
        kind: 'create',
        resource: MIGRATIONS,
        object: {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachineInstanceMigration',
          metadata: {
            name: `kubevirt-workload-update-${stableSuffix(`${uid}/${since}/${tries.length}`)}`,
            namespace,
            annotations: { [MARK]: '' },
            finalizers: [MIGRATION_FINALIZER],
          },
          spec: { vmiName: name },
        },
      },
    ],
  };
}

function needsMove(vmi: KubeObject): boolean {
  const { deletionTimestamp } = vmi.metadata;
  if (deletionTimestamp || vmi.status?.phase !== 'Running' || hasMovedFor(vmi.status)) return false;
  return isConditionTrue(vmi, HOT_CPU) || isConditionTrue(vmi, HOT_MEMORY);
}

function transition(vmi: KubeObject, type: string): number[] {
  const at = findCondition(vmi, type)?.lastTransitionTime;
  return at ? [Date.parse(at)] : [];
}
