import type { KubeObject } from '../store/kube-object.js';
import { evictionStrategyOf, movesWhenEvicted } from './eviction-strategy.js';
import { keyOf } from './ownership.js';
import {
  type Change,
  type Controller,
  editable,
  MIGRATIONS,
  NODES,
  type Reconciliation,
  VMIS,
  type World,
} from './reconciliation.js';
import { taintsOf } from './taints.js';
import { isFinal } from './vm-run-strategy.js';

/** On the migrations that it makes: the node to be left. */
export const EVACUATED_FROM = 'kubevirt.io/evacuationMigration';
const DRAIN_TAINT = 'kubevirt.io/drain';
const LOOK_AGAIN_MS = 5_000;
const FIRST_RETRY_MS = 20_000;
const LONGEST_RETRY_MS = 300_000;

/** virt-controller's evacuation controller: moves what is marked, no more at a time than the cluster's limits let. */
export const evacuationController: Controller = {
  name: 'evacuation',
  resource: VMIS,
  reconcile: evacuate,
  watches: {
    [MIGRATIONS]: (_migration, world) =>
      world
        .list(VMIS)
        .filter((vmi) => nodeToLeave(vmi, world))
        .map(keyOf),
    [NODES]: (node, world) =>
      world
        .list(VMIS)
        .filter((vmi) => vmi.status?.nodeName === node.metadata.name && nodeToLeave(vmi, world))
        .map(keyOf),
  },
};

/** Marked by an eviction, or on a node with the drain taint of old. */
function nodeToLeave(vmi: KubeObject, world: Pick<World, 'get' | 'list'>): string | undefined {
  const { nodeName, evacuationNodeName } = vmi.status ?? {};
  if (!nodeName || vmi.metadata.deletionTimestamp || isFinal(vmi)) return undefined;
  if (evictionStrategyOf(vmi, world) === 'External' || !movesWhenEvicted(vmi, world)) return undefined;
  if (evacuationNodeName === nodeName) return nodeName;
  const tainted = taintsOf(world.get(NODES, undefined, nodeName)).some(({ key }) => key === DRAIN_TAINT);
  return tainted ? nodeName : undefined;
}

export function evacuate(vmi: KubeObject, world: World): Reconciliation {
  const { nodeName, evacuationNodeName } = vmi.status ?? {};
  if (evacuationNodeName && nodeName && evacuationNodeName !== nodeName) return { changes: [unmark(vmi)] };
  const node = nodeToLeave(vmi, world);
  if (!node || vmi.status?.phase !== 'Running') return { changes: [] };
  const migrations = world.list(MIGRATIONS);
  const own = migrations.filter(
    (one) => one.metadata.namespace === vmi.metadata.namespace && one.spec.vmiName === vmi.metadata.name,
  );
  if (own.some(isUnderWay)) return { changes: [] };
  const waitMs = backOff(
    own.filter((one) => one.status?.phase === 'Failed'),
    world.now,
  );
  if (waitMs > 0) return { changes: [], requeueAfterMs: waitMs };
  const underWay = migrations.filter(isUnderWay);
  const { perCluster, perNode } = migrationLimits(world);
  const leaving = underWay.filter((one) => sourceOf(one, world) === node);
  // Looked at again when one of them ends.
  if (underWay.length >= perCluster || leaving.length >= perNode) {
    return { changes: [], requeueAfterMs: LOOK_AGAIN_MS };
  }
  return { changes: move(vmi, node) };
}

function isUnderWay(migration: KubeObject): boolean {
  return migration.status?.phase !== 'Succeeded' && migration.status?.phase !== 'Failed';
}

function sourceOf(migration: KubeObject, { get }: World): string | undefined {
  return get(VMIS, migration.metadata.namespace, migration.spec.vmiName)?.status?.nodeName;
}

/** Twice as long after each failure. */
function backOff(failed: readonly KubeObject[], now: Date): number {
  if (failed.length === 0) return 0;
  const last = Math.max(...failed.map(({ metadata }) => Date.parse(metadata.creationTimestamp)));
  const wait = Math.min(FIRST_RETRY_MS * 2 ** (failed.length - 1), LONGEST_RETRY_MS);
  return last + wait - now.getTime();
}

function migrationLimits({ list }: World): { perCluster: number; perNode: number } {
  const { parallelMigrationsPerCluster = 5, parallelOutboundMigrationsPerNode = 2 } =
    list('kubevirts.kubevirt.io')[0]?.spec?.configuration?.migrations ?? {};
  return { perCluster: parallelMigrationsPerCluster, perNode: parallelOutboundMigrationsPerNode };
}

function move(vmi: KubeObject, node: string): Change[] {
  const { namespace, name } = vmi.metadata;
  return [
    {
      kind: 'create',
      resource: MIGRATIONS,
      object: {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstanceMigration',
        metadata: {
          generateName: 'kubevirt-evacuation-',
          namespace,
          annotations: { [EVACUATED_FROM]: node },
          labels: { 'kubevirt.io/vmi-name': name },
        },
        spec: { vmiName: name },
      },
    },
    {
      kind: 'event',
      regarding: vmi,
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created Migration of ${name} off node ${node}`,
      component: 'disruptionbudget-controller',
    },
  ];
}

function unmark(vmi: KubeObject): Change {
  const unmarked = editable(vmi);
  delete unmarked.status.evacuationNodeName;
  return { kind: 'update', resource: VMIS, object: unmarked };
}
