import type { KubeObject } from '../store/kube-object.js';
import { StatusError } from '../store/status-error.js';
import { isConditionTrue } from './conditions.js';
import { BUDGETS, covers, standing } from './disruption-budgets.js';
import { evictionStrategyOf, movesWhenEvicted } from './eviction-strategy.js';
import { type Change, editable, PODS, VMIS, type World } from './reconciliation.js';

const WEBHOOK = 'virt-launcher-eviction-interceptor.kubevirt.io';

type Sight = Pick<World, 'get' | 'list'>;

/** What an eviction does, and how it is answered: a refusal may leave the instance marked all the same. */
export interface Eviction {
  changes: Change[];
  refusal?: StatusError;
}

/**
 * The eviction of a pod: KubeVirt's webhook is asked first, which marks an instance that is to move and refuses for the
 * time being; then the disruption budgets.
 * @see KubeVirt pkg/virt-api/webhooks/validating-webhook/admitters/pod-eviction-admitter.go
 * @see Kubernetes pkg/registry/core/pod/storage/eviction.go
 */
export function evict(pod: KubeObject, world: Sight, gracePeriodSeconds?: number): Eviction {
  return (
    askKubeVirt(pod, world) ?? askBudgets(pod, world) ?? { changes: [deletion(pod, gracePeriodSeconds)] }
  );
}

const ended = (pod: KubeObject) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

function askKubeVirt(pod: KubeObject, world: Sight): Eviction | undefined {
  if (pod.metadata.labels?.['kubevirt.io'] !== 'virt-launcher' || ended(pod)) return undefined;
  const vmiName = pod.metadata.annotations?.['kubevirt.io/domain'];
  if (vmiName === undefined) return undefined;
  const vmi = world.get(VMIS, pod.metadata.namespace, vmiName);
  if (!vmi) {
    const missing = `virtualmachineinstance.kubevirt.io "${vmiName}" not found`;
    return { changes: [], refusal: denied(`kubevirt failed getting the vmi: ${missing}`) };
  }
  const strategy = evictionStrategyOf(vmi, world);
  if (strategy === 'LiveMigrate' && !isConditionTrue(vmi, 'LiveMigratable')) {
    const why = `VMI ${vmiName} is configured with an eviction strategy but is not live-migratable`;
    return { changes: [], refusal: denied(why) };
  }
  const { nodeName, evacuationNodeName } = vmi.status ?? {};
  if (!movesWhenEvicted(vmi, world) || evacuationNodeName || nodeName !== pod.spec.nodeName) return undefined;
  const marked = editable(vmi);
  marked.status = { ...marked.status, evacuationNodeName: nodeName };
  return {
    changes: [{ kind: 'update', resource: VMIS, object: marked }],
    refusal: denied(`Eviction triggered evacuation of VMI "${vmi.metadata.namespace}/${vmiName}"`),
  };
}

function denied(message: string): StatusError {
  return new StatusError(429, undefined, `admission webhook "${WEBHOOK}" denied the request: ${message}`, {});
}

function askBudgets(pod: KubeObject, world: Sight): Eviction | undefined {
  if (ended(pod) || pod.status?.phase === 'Pending' || pod.metadata.deletionTimestamp) return undefined;
  const budgets = world.list(BUDGETS, pod.metadata.namespace).filter((budget) => covers(budget, pod));
  const [budget] = budgets;
  if (!budget) return undefined;
  if (budgets.length > 1) {
    const why =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    return { changes: [], refusal: new StatusError(500, 'InternalError', why) };
  }
  const { healthy, wanted, allowed } = standing(budget, world);
  if (allowed > 0) return undefined;
  if (!isConditionTrue(pod, 'Ready') && healthy > 0 && healthy >= wanted) return undefined;
  const need = `The disruption budget ${budget.metadata.name} needs ${wanted} healthy pods and has ${healthy} currently`;
  return {
    changes: [],
    refusal: new StatusError(
      429,
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
      { causes: [{ reason: 'DisruptionBudget', message: need }] },
    ),
  };
}

function deletion(pod: KubeObject, gracePeriodSeconds: number | undefined): Change {
  const { namespace, name, uid } = pod.metadata;
  return {
    kind: 'delete',
    resource: PODS,
    namespace,
    name,
    options: { preconditions: { uid }, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) },
  };
}
