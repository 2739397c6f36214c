import type { KubeObject, Untyped } from '../store/kube-object.js';
import { isConditionTrue } from './conditions.js';
import { movesWhenEvicted } from './eviction-strategy.js';
import { controlledBy, controllerOf, isControlledBy, keyOf } from './ownership.js';
import {
  type Change,
  type Controller,
  editable,
  MIGRATIONS,
  PODS,
  type Reconciliation,
  sameValue,
  statusChange,
  VMIS,
  type World,
} from './reconciliation.js';
import { stableSuffix } from './stable-names.js';
import { isFinal } from './vm-run-strategy.js';

export const BUDGETS = 'poddisruptionbudgets.policy';

/**
 * virt-controller's part: a budget that lets nobody evict the pod of an instance that is to move instead. While it
 * moves there are two pods, and neither may be taken.
 */
export const instanceBudgetController: Controller = {
  name: 'disruptionbudget',
  resource: VMIS,
  reconcile: protectInstance,
  watches: {
    [MIGRATIONS]: ({ metadata, spec }) => [`${metadata.namespace}/${spec.vmiName}`],
    [BUDGETS]: (budget) =>
      (budget.metadata.ownerReferences ?? [])
        .filter(({ kind }) => kind === 'VirtualMachineInstance')
        .map(({ name }) => `${budget.metadata.namespace}/${name}`),
  },
};

export function protectInstance(vmi: KubeObject, world: World): Reconciliation {
  const { namespace, uid } = vmi.metadata;
  const name = `kubevirt-disruption-budget-${stableSuffix(uid)}`;
  const present = world.get(BUDGETS, namespace, name);
  const wanted =
    !vmi.metadata.deletionTimestamp && !isFinal(vmi) && vmi.status?.nodeName && movesWhenEvicted(vmi, world);
  if (!wanted) {
    const ours = present && isControlledBy(present, uid);
    return { changes: ours ? [{ kind: 'delete', resource: BUDGETS, namespace, name }] : [] };
  }
  const spec = {
    minAvailable: isMoving(namespace, vmi.metadata.name, world) ? 2 : 1,
    selector: { matchLabels: { 'kubevirt.io/created-by': uid } },
  };
  if (present) {
    return {
      changes: sameValue(present.spec, spec)
        ? []
        : [{ kind: 'update', resource: BUDGETS, object: { ...editable(present), spec } }],
    };
  }
  const object = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace, ownerReferences: [controlledBy(vmi)] },
    spec,
  };
  return {
    changes: [
      { kind: 'create', resource: BUDGETS, object },
      {
        kind: 'event',
        regarding: vmi,
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created PodDisruptionBudget ${name}`,
        component: 'disruptionbudget-controller',
      },
    ],
  };
}

/** From the moment that a migration is asked for: its pod is well before the guest is in it. */
function isMoving(namespace: string | undefined, vmi: string, { list }: Pick<World, 'list'>): boolean {
  return list(MIGRATIONS, namespace).some(
    ({ spec, status }) => spec.vmiName === vmi && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
}

/** The disruption controller's part: what a budget allows at the moment. */
export const budgetStatusController: Controller = {
  name: 'disruption',
  resource: BUDGETS,
  reconcile: (budget, world) => ({ changes: reportBudget(budget, world) }),
  watches: {
    [PODS]: (pod, world) =>
      world
        .list(BUDGETS, pod.metadata.namespace)
        .filter((budget) => covers(budget, pod))
        .map(keyOf),
  },
};

function reportBudget(budget: KubeObject, world: World): Change[] {
  const { healthy, wanted, expected, allowed } = standing(budget, world);
  return statusChange(BUDGETS, budget, {
    ...budget.status,
    currentHealthy: healthy,
    desiredHealthy: wanted,
    expectedPods: expected,
    disruptionsAllowed: allowed,
    observedGeneration: budget.metadata.generation,
  });
}

/** How many of the pods of a budget are well, and how many of them may be taken. */
export function standing(
  budget: KubeObject,
  world: Pick<World, 'list'>,
): { healthy: number; wanted: number; expected: number; allowed: number } {
  const pods = world
    .list(PODS, budget.metadata.namespace)
    .filter(
      (pod) => covers(budget, pod) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
    );
  const healthy = pods.filter(
    (pod) => isConditionTrue(pod, 'Ready') && !pod.metadata.deletionTimestamp,
  ).length;
  const { minAvailable, maxUnavailable } = budget.spec;
  const asked =
    maxUnavailable !== undefined
      ? Math.max(0, pods.length - share(maxUnavailable, pods.length))
      : share(minAvailable ?? 0, pods.length);
  const owner = controllerOf(budget, 'VirtualMachineInstance');
  const moving = owner !== undefined && isMoving(budget.metadata.namespace, owner.name, world);
  const wanted = moving ? Math.max(2, asked) : asked;
  return { healthy, wanted, expected: pods.length, allowed: Math.max(0, healthy - wanted) };
}

/** A number, or a percentage of what there is, rounded up. */
function share(amount: number | string, of: number): number {
  return typeof amount === 'string' ? Math.ceil((Number.parseInt(amount, 10) / 100) * of) : amount;
}

/** An empty selector takes every pod, none at all takes no pod. */
export function covers(budget: KubeObject, pod: KubeObject): boolean {
  const { selector } = budget.spec;
  if (!selector) return false;
  const labels = pod.metadata.labels ?? {};
  const named = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return named && (selector.matchExpressions ?? []).every((one: Untyped) => holds(one, labels[one.key]));
}

function holds({ operator, values = [] }: Untyped, value: string | undefined): boolean {
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const within = value !== undefined && values.includes(value);
  return operator === 'In' ? within : !within;
}
