import type { KubeObject, Untyped } from '../store/kube-object.js';
import { timestamp } from './conditions.js';
import { evict } from './eviction.js';
import { podsOn } from './node-state.js';
import {
  type Change,
  type Controller,
  editable,
  NODES,
  PODS,
  type Reconciliation,
  sameValue,
  statusChange,
  type World,
} from './reconciliation.js';
import { taintsOf, withTaints } from './taints.js';

export const MAINTENANCES = 'nodemaintenances.nodemaintenance.medik8s.io';
const FINALIZER = 'foregroundDeleteNodeMaintenance';
const DRAIN_TAINT = 'medik8s.io/drain';
const EXCLUDED = 'remediation.medik8s.io/exclude-from-remediation';
const LOOK_AGAIN_MS = 5_000;

/** The node maintenance operator: a cordoned, drained node as long as there is an object that says so. */
export const nodeMaintenanceController: Controller = {
  name: 'nodemaintenance',
  resource: MAINTENANCES,
  reconcile: maintain,
  watches: {
    [PODS]: (pod, world) =>
      world
        .list(MAINTENANCES)
        .filter((one) => one.spec.nodeName === pod.spec.nodeName)
        .map((one) => `/${one.metadata.name}`),
  },
};

export function maintain(maintenance: KubeObject, world: World): Reconciliation {
  const node = world.get(NODES, undefined, maintenance.spec.nodeName);
  if (maintenance.metadata.deletionTimestamp) {
    return { changes: [...(node ? setMaintained(node, false, world) : []), release(maintenance)] };
  }
  const held = maintenance.metadata.finalizers?.includes(FINALIZER) ? [] : [hold(maintenance)];
  if (!node) {
    const lastError = `nodes "${maintenance.spec.nodeName}" not found`;
    const failed = { ...maintenance.status, phase: 'Failed', lastError };
    return { changes: [...held, ...statusChange(MAINTENANCES, maintenance, failed)] };
  }
  return drain(maintenance, node, held, world);
}

function drain(maintenance: KubeObject, node: KubeObject, held: Change[], world: World): Reconciliation {
  const pods = podsOn(node, world).filter(isLive);
  const asked = pods.filter((pod) => !pod.metadata.deletionTimestamp).map((pod) => evict(pod, world));
  const evictionPods: number = maintenance.status?.evictionPods ?? pods.length;
  const done = pods.length === 0;
  const gone = Math.max(0, evictionPods - pods.length);
  const status: Untyped = {
    ...maintenance.status,
    phase: done ? 'Succeeded' : 'Running',
    drainProgress: done ? 100 : Math.floor((gone * 100) / Math.max(1, evictionPods)),
    evictionPods,
    totalpods: maintenance.status?.totalpods ?? podsOn(node, world).length,
    pendingPods: pods.map(({ metadata }) => metadata.name),
    pendingPodsRefs: pods.map(({ metadata }) => ({ namespace: metadata.namespace, name: metadata.name })),
  };
  const refusal = asked.find((one) => one.refusal)?.refusal;
  if (refusal && !done) status.lastError = `error when evicting pods: ${refusal.message}`;
  else delete status.lastError;
  const told = statusChange(MAINTENANCES, maintenance, status);
  if (told[0]?.kind === 'updateStatus') told[0].object.status.lastUpdate = timestamp(world.now);
  return {
    changes: [
      ...held,
      ...setMaintained(node, true, world),
      ...asked.flatMap(({ changes }) => changes),
      ...told,
    ],
    requeueAfterMs: done ? undefined : LOOK_AGAIN_MS,
  };
}

function isLive(pod: KubeObject): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}

function setMaintained(node: KubeObject, wanted: boolean, { now }: World): Change[] {
  const next = editable(node);
  const timeAdded = timestamp(now);
  const drained = wanted ? [{ key: DRAIN_TAINT, effect: 'NoSchedule' as const, timeAdded }] : [];
  const taints = withTaints(taintsOf(node), drained, [DRAIN_TAINT]);
  next.spec = {
    ...next.spec,
    taints: taints.length > 0 ? taints : undefined,
    unschedulable: wanted ? true : undefined,
  };
  const { [EXCLUDED]: _excluded, ...labels } = next.metadata.labels ?? {};
  next.metadata.labels = wanted ? { ...labels, [EXCLUDED]: 'true' } : labels;
  const same = sameValue(next.spec, node.spec) && sameValue(next.metadata, node.metadata);
  return same ? [] : [{ kind: 'update', resource: NODES, object: next }];
}

function hold(maintenance: KubeObject): Change {
  const next = editable(maintenance);
  next.metadata.finalizers = [...(next.metadata.finalizers ?? []), FINALIZER];
  return { kind: 'update', resource: MAINTENANCES, object: next };
}

function release(maintenance: KubeObject): Change {
  const next = editable(maintenance);
  next.metadata.finalizers = next.metadata.finalizers?.filter((one) => one !== FINALIZER);
  return { kind: 'update', resource: MAINTENANCES, object: next };
}
