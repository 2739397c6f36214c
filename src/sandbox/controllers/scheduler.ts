import type { KubeObject, Untyped } from '../store/kube-object.js';
import { findCondition, isConditionTrue, withCondition } from './conditions.js';
import { keyOf } from './ownership.js';
import { missesCompany, repelledFrom } from './pod-anti-affinity.js';
import { quantityValue } from './quantity.js';
import {
  type Change,
  type Controller,
  editable,
  NODES,
  PODS,
  type Reconciliation,
  statusChange,
  type World,
} from './reconciliation.js';
import { untolerated } from './taints.js';

/** kube-scheduler's part: a node for each virt-launcher pod, or why there is none. */
export const schedulerController: Controller = {
  name: 'scheduler',
  resource: PODS,
  reconcile: schedule,
  watches: {
    [PODS]: (_pod, world) => waitingPods(world),
    [NODES]: (_node, world) => waitingPods(world),
  },
};

function isLauncher(pod: KubeObject): boolean {
  return pod.metadata.labels?.['kubevirt.io'] === 'virt-launcher';
}

function waitingPods(world: World): string[] {
  return world
    .list(PODS)
    .filter(
      (pod) =>
        isLauncher(pod) && !pod.spec.nodeName && findCondition(pod, 'PodScheduled')?.status === 'False',
    )
    .map(keyOf);
}

export function schedule(pod: KubeObject, world: World): Reconciliation {
  if (!isLauncher(pod) || pod.spec.nodeName || pod.metadata.deletionTimestamp) return { changes: [] };
  if (pod.status?.phase !== undefined && pod.status.phase !== 'Pending') return { changes: [] };
  const nodes = world.list(NODES);
  const taken = takenByNode(world);
  const reasons = new Map<string, number>();
  const fitting: { node: KubeObject; free: number }[] = [];
  const wanted = podRequests(pod);
  const pods = world.list(PODS, pod.metadata.namespace);
  for (const node of nodes) {
    const refusals = repelledFrom(pod, node.metadata.name, pods)
      ? ["node(s) didn't match pod anti-affinity rules"]
      : missesCompany(pod, node.metadata.name, pods)
        ? ["node(s) didn't match pod affinity rules"]
        : whyNot(pod, wanted, node, taken.get(node.metadata.name) ?? new Map());
    for (const reason of refusals) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    if (refusals.length === 0) fitting.push({ node, free: freeMemory(node, taken) });
  }
  const best = fitting.toSorted((left, right) => right.free - left.free)[0];
  return best ? bind(pod, best.node.metadata.name, world) : refuse(pod, nodes.length, reasons, world);
}

type Amounts = Map<string, number>;

/** What all containers of a pod ask for together, by resource name. */
export function podRequests(pod: KubeObject): Amounts {
  const total: Amounts = new Map();
  for (const container of pod.spec.containers ?? []) {
    for (const [resource, quantity] of Object.entries(container.resources?.requests ?? {})) {
      total.set(resource, (total.get(resource) ?? 0) + (quantityValue(quantity) ?? 0));
    }
  }
  return total;
}

function takenByNode(world: World): Map<string, Amounts> {
  const taken = new Map<string, Amounts>();
  for (const pod of world.list(PODS)) {
    const node = pod.spec.nodeName;
    if (!node || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    const amounts = taken.get(node) ?? new Map();
    taken.set(node, amounts);
    for (const [resource, value] of podRequests(pod))
      amounts.set(resource, (amounts.get(resource) ?? 0) + value);
    amounts.set('pods', (amounts.get('pods') ?? 0) + 1);
  }
  return taken;
}

function freeMemory(node: KubeObject, taken: Map<string, Amounts>): number {
  const used = taken.get(node.metadata.name)?.get('memory') ?? 0;
  return (quantityValue(node.status?.allocatable?.memory) ?? 0) - used;
}

function whyNot(pod: KubeObject, wanted: Amounts, node: KubeObject, taken: Amounts): string[] {
  if (node.spec?.unschedulable || !isConditionTrue(node, 'Ready')) return ['node(s) were unschedulable'];
  const taint = untolerated(pod, node);
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  if (!matchesSelector(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const allocatable = node.status?.allocatable ?? {};
  const short: string[] = [];
  for (const [resource, value] of [...wanted, ['pods', 1] as const]) {
    const free = (quantityValue(allocatable[resource]) ?? 0) - (taken.get(resource) ?? 0);
    if (value > free) short.push(resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`);
  }
  return short;
}

function matchesSelector(pod: KubeObject, node: KubeObject): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (labels[key] !== value) return false;
  }
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms?.length) return true;
  return terms.some((term: Untyped) =>
    (term.matchExpressions ?? []).every((one: Untyped) => matchesExpression(one, labels[one.key])),
  );
}

function matchesExpression(expression: Untyped, value: string | undefined): boolean {
  switch (expression.operator) {
    case 'In':
      return value !== undefined && expression.values.includes(value);
    case 'NotIn':
      return value === undefined || !expression.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function bind(pod: KubeObject, node: string, world: World): Reconciliation {
  const bound = editable(pod);
  bound.spec.nodeName = node;
  bound.metadata.labels = { ...pod.metadata.labels, 'kubevirt.io/nodeName': node };
  const conditions = withCondition(
    pod.status?.conditions ?? [],
    { type: 'PodScheduled', status: 'True' },
    world.now,
  );
  const changes: Change[] = [
    { kind: 'update', resource: PODS, object: bound },
    { kind: 'updateStatus', resource: PODS, object: { ...bound, status: { ...pod.status, conditions } } },
    {
      kind: 'event',
      regarding: pod,
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${keyOf(pod)} to ${node}`,
      component: 'default-scheduler',
    },
  ];
  return { changes };
}

function refuse(pod: KubeObject, nodes: number, reasons: Amounts, world: World): Reconciliation {
  const counted = [...reasons].map(([reason, count]) => `${count} ${reason}`).toSorted();
  const none = `0/${nodes} nodes are available`;
  const message = `${none}: ${counted.join(', ')}. preemption: ${none}: ${nodes} No preemption victims found for incoming pod.`;
  const conditions = withCondition(
    pod.status?.conditions ?? [],
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
    world.now,
  );
  const changes = statusChange(PODS, pod, { ...pod.status, phase: 'Pending', conditions });
  if (changes.length > 0) {
    changes.push({
      kind: 'event',
      regarding: pod,
      type: 'Warning',
      reason: 'FailedScheduling',
      message,
      component: 'default-scheduler',
    });
  }
  return { changes };
}
