import type { KubeObject, NewObject, Untyped } from '../../store/kube-object.js';
import type { ResourceName } from '../../store/object-store.js';
import { type Amount, add, parseAmount, ZERO } from './resource-amount.js';

export type Usage = Map<string, Amount>;

const ONE: Amount = { milli: 1000n, binary: false };
const PLAIN_COUNTS = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'resourcequotas',
  'persistentvolumeclaims',
]);
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];

export const addTo = (usage: Usage, name: string, amount: Amount): void => {
  usage.set(name, add(usage.get(name) ?? ZERO, amount));
};

const larger = (left: Amount, right: Amount) => (right.milli > left.milli ? right : left);

/** A request that is not given is the limit, as Kubernetes defaults it. */
function containerAmount(container: Untyped, side: 'requests' | 'limits', name: string): Amount | undefined {
  const { requests, limits } = container.resources ?? {};
  return parseAmount(side === 'requests' ? (requests?.[name] ?? limits?.[name]) : limits?.[name]);
}

/** What a pod asks for: its containers together, or its largest init container if that is more. */
function podAmount(pod: NewObject, side: 'requests' | 'limits', name: string): Amount | undefined {
  let sum: Amount | undefined;
  for (const container of pod.spec?.containers ?? []) {
    const amount = containerAmount(container, side, name);
    if (amount) sum = sum ? add(sum, amount) : amount;
  }
  for (const container of pod.spec?.initContainers ?? []) {
    const amount = containerAmount(container, side, name);
    if (amount) sum = sum ? larger(sum, amount) : amount;
  }
  return sum;
}

const isDone = (pod: NewObject) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** What one object takes of each thing that a quota may limit. */
export function usageOf(resource: ResourceName, object: KubeObject | NewObject): Usage {
  const usage: Usage = new Map();
  addTo(usage, `count/${resource}`, ONE);
  if (resource === 'pods') {
    if (isDone(object)) return usage;
    for (const name of COMPUTE) {
      const requests = podAmount(object, 'requests', name);
      const limits = podAmount(object, 'limits', name);
      if (requests) for (const key of [name, `requests.${name}`]) addTo(usage, key, requests);
      if (limits) addTo(usage, `limits.${name}`, limits);
    }
  }
  if (PLAIN_COUNTS.has(resource)) addTo(usage, resource, ONE);
  if (resource === 'persistentvolumeclaims') {
    const storage = parseAmount(object.spec?.resources?.requests?.storage);
    const storageClass = object.spec?.storageClassName;
    if (storage) addTo(usage, 'requests.storage', storage);
    if (storageClass) {
      const prefix = `${storageClass}.storageclass.storage.k8s.io`;
      addTo(usage, `${prefix}/persistentvolumeclaims`, ONE);
      if (storage) addTo(usage, `${prefix}/requests.storage`, storage);
    }
  }
  return usage;
}

/** Compute resources that a quota limits and every pod must therefore state. */
export const missingFromPod = (pod: NewObject, hard: Record<string, unknown>): string[] =>
  Object.keys(hard)
    .filter((key) => {
      const [side, name] = key.includes('.') ? key.split('.', 2) : ['requests', key];
      if (!COMPUTE.includes(name as string) || (side !== 'requests' && side !== 'limits')) return false;
      return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].some(
        (container: Untyped) => containerAmount(container, side, name as string) === undefined,
      );
    })
    .sort();
