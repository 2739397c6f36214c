import type { KubeObject } from '../store/kube-object.js';
import { findCondition, withCondition } from './conditions.js';
import { isReady, podsOn } from './node-state.js';
import { keyOf } from './ownership.js';
import {
  type Change,
  type Controller,
  NODES,
  PODS,
  type Reconciliation,
  statusChange,
  type World,
} from './reconciliation.js';
import { OUT_OF_SERVICE, taintsOf, tolerationOf } from './taints.js';

/**
 * What becomes of the pods of a node that tolerates them no longer: they are marked for deletion, and stay as long as
 * nobody on the node confirms it. Only a node that is said to be out of service gives them free.
 */
export const lostPodsController: Controller = {
  name: 'taint-eviction',
  resource: PODS,
  reconcile: reconcilePodOfNode,
  watches: { [NODES]: (node, world) => podsOn(node, world).map(keyOf) },
};

export function reconcilePodOfNode(pod: KubeObject, world: World): Reconciliation {
  const node = pod.spec.nodeName ? world.get(NODES, undefined, pod.spec.nodeName) : undefined;
  if (!node) return { changes: [] };
  const { namespace, name } = pod.metadata;
  const ready = isReady(node);
  if (pod.metadata.deletionTimestamp) {
    const free = !ready && taintsOf(node).some(({ key }) => key === OUT_OF_SERVICE);
    if (!free) return { changes: ready ? [] : notReady(pod, world) };
    return {
      changes: [{ kind: 'delete', resource: PODS, namespace, name, options: { gracePeriodSeconds: 0 } }],
    };
  }
  const changes = ready ? [] : notReady(pod, world);
  let requeueAfterMs: number | undefined;
  for (const taint of taintsOf(node)) {
    if (taint.effect !== 'NoExecute') continue;
    const { held, forMs } = tolerationOf(pod, taint);
    if (held && forMs === undefined) continue;
    const since = Date.parse(taint.timeAdded ?? '') || world.now.getTime();
    const leftMs = held ? since + (forMs ?? 0) - world.now.getTime() : 0;
    if (leftMs > 0) requeueAfterMs = Math.min(leftMs, requeueAfterMs ?? leftMs);
    else return { changes: [...changes, ...evicted(pod)] };
  }
  return { changes, requeueAfterMs };
}

function evicted(pod: KubeObject): Change[] {
  const { namespace, name } = pod.metadata;
  return [
    {
      kind: 'event',
      regarding: pod,
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `Marking for deletion Pod ${keyOf(pod)}`,
      component: 'taint-eviction-controller',
    },
    { kind: 'delete', resource: PODS, namespace, name },
  ];
}

function notReady(pod: KubeObject, world: World): Change[] {
  if (findCondition(pod, 'Ready')?.status !== 'True') return [];
  const conditions = withCondition(
    pod.status?.conditions ?? [],
    { type: 'Ready', status: 'False', reason: 'NodeNotReady' },
    world.now,
  );
  return statusChange(PODS, pod, { ...pod.status, conditions });
}
