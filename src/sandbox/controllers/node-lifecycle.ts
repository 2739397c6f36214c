import { NODE_CONDITIONS } from '../catalogue/cluster-nodes.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { LOST_AFTER, STOPPED_AT } from '../store/node-faults.js';
import { timestamp } from './conditions.js';
import { isStopped } from './node-state.js';
import {
  type Change,
  type Controller,
  editable,
  NODES,
  type Reconciliation,
  sameValue,
  type World,
} from './reconciliation.js';
import { type Taint, taintsOf, UNREACHABLE, UNSCHEDULABLE, withTaints } from './taints.js';

const HEARTBEAT_MS = 10_000;
const GRACE_SECONDS = 40;
const LEASES = 'leases.coordination.k8s.io';
const LEASE_NAMESPACE = 'kube-node-lease';

/** The kubelet's heartbeat, and what kube-controller-manager and virt-controller make of a node without one. */
export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle',
  resource: NODES,
  reconcile: reconcileNode,
};

export function reconcileNode(node: KubeObject, world: World): Reconciliation {
  const { now } = world;
  const silentMs = isStopped(node)
    ? now.getTime() - Date.parse(node.metadata.annotations?.[STOPPED_AT] ?? '')
    : 0;
  const graceMs = Number(node.metadata.annotations?.[LOST_AFTER] ?? GRACE_SECONDS) * 1000;
  const lost = isStopped(node) && silentMs >= graceMs;
  const heartbeat = isStopped(node) ? { changes: [] } : renewLease(node, world);
  const changes = [...heartbeat.changes, ...tainted(node, lost, now), ...reported(node, lost, now)];
  return {
    changes,
    requeueAfterMs: isStopped(node) ? (lost ? undefined : graceMs - silentMs) : heartbeat.requeueAfterMs,
  };
}

function renewLease(node: KubeObject, { get, now }: World): Reconciliation {
  const { name } = node.metadata;
  const lease = get(LEASES, LEASE_NAMESPACE, name);
  const renewTime = now.toISOString().replace('Z', '000Z');
  const dueMs = lease ? Date.parse(lease.spec.renewTime) + HEARTBEAT_MS - now.getTime() : 0;
  if (dueMs > 0 && dueMs <= HEARTBEAT_MS) return { changes: [], requeueAfterMs: dueMs };
  const spec = { holderIdentity: name, leaseDurationSeconds: GRACE_SECONDS, renewTime };
  const change: Change = lease
    ? { kind: 'update', resource: LEASES, object: { ...editable(lease), spec } }
    : {
        kind: 'create',
        resource: LEASES,
        object: {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name, namespace: LEASE_NAMESPACE },
          spec,
        },
      };
  return { changes: [change], requeueAfterMs: HEARTBEAT_MS };
}

function tainted(node: KubeObject, lost: boolean, now: Date): Change[] {
  const timeAdded = timestamp(now);
  const wanted: Taint[] = [];
  if (node.spec?.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule', timeAdded });
  if (lost) {
    wanted.push({ key: UNREACHABLE, effect: 'NoSchedule', timeAdded });
    wanted.push({ key: UNREACHABLE, effect: 'NoExecute', timeAdded });
  }
  const next = editable(node);
  next.metadata.labels = { ...next.metadata.labels, 'kubevirt.io/schedulable': String(!lost) };
  const taints = withTaints(taintsOf(node), wanted, [UNSCHEDULABLE, UNREACHABLE]);
  next.spec = { ...next.spec, taints: taints.length > 0 ? taints : undefined };
  if (sameValue(next.spec, node.spec) && sameValue(next.metadata, node.metadata)) return [];
  return [{ kind: 'update', resource: NODES, object: next }];
}

function reported(node: KubeObject, lost: boolean, now: Date): Change[] {
  const time = timestamp(now);
  const present: Untyped[] = node.status?.conditions ?? [];
  const conditions = present.map((condition) => {
    const well = NODE_CONDITIONS.find(({ type }) => type === condition.type);
    if (!well) return condition;
    const wanted = lost
      ? {
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        }
      : { status: well.status, reason: well.reason, message: well.reason };
    if (condition.status === wanted.status) return condition;
    return {
      ...condition,
      ...wanted,
      lastTransitionTime: time,
      ...(lost ? {} : { lastHeartbeatTime: time }),
    };
  });
  if (sameValue(conditions, present)) return [];
  return [
    {
      kind: 'updateStatus',
      resource: NODES,
      object: { ...editable(node), status: { ...node.status, conditions } },
    },
    {
      kind: 'event',
      regarding: node,
      type: 'Normal',
      reason: lost ? 'NodeNotReady' : 'NodeReady',
      message: `Node ${node.metadata.name} status is now: ${lost ? 'NodeNotReady' : 'NodeReady'}`,
      component: lost ? 'node-controller' : 'kubelet',
    },
  ];
}
