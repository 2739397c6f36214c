import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { isConditionTrue } from './conditions.js';
import { controlledBy, keyOf } from './ownership.js';
import {
  type Change,
  type Controller,
  PODS,
  type Reconciliation,
  sameValue,
  type World,
} from './reconciliation.js';
import { stableSuffix } from './stable-names.js';

export const ENDPOINT_SLICES = 'endpointslices.discovery.k8s.io';

/** kube-controller-manager's part for Services: which pods stand behind them, as Endpoints and as EndpointSlices. */
export const serviceController: Controller = {
  name: 'service-endpoints',
  resource: 'services',
  reconcile: reconcileService,
  watches: {
    [PODS]: ({ metadata: { namespace } }, world) => world.list('services', namespace).map(keyOf),
  },
};

export function reconcileService(service: KubeObject, world: World): Reconciliation {
  const { namespace, name, deletionTimestamp } = service.metadata;
  const selector: Record<string, string> | undefined = service.spec?.selector;
  if (deletionTimestamp || !selector || Object.keys(selector).length === 0) return { changes: [] };
  const pods = world
    .list(PODS, namespace)
    .filter(({ metadata, status }) => {
      const alive = status?.phase === 'Running' && !metadata.deletionTimestamp && status.podIP;
      return alive && Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value);
    })
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
  const metadata = { namespace, ownerReferences: [controlledBy(service)] };
  const slice = `${name}-${stableSuffix(service.metadata.uid)}`;
  return {
    changes: [
      ...write('endpoints', world, {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { ...metadata, name },
        ...endpoints(service, pods),
      }),
      ...write(ENDPOINT_SLICES, world, {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, name: slice, labels: { 'kubernetes.io/service-name': name } },
        ...endpointSlice(service, pods),
      }),
    ],
  };
}

const targetOf = ({ metadata: { namespace, name, uid } }: KubeObject) => ({
  kind: 'Pod',
  namespace,
  name,
  uid,
});
const ready = (pod: KubeObject) => isConditionTrue(pod, 'Ready');

function endpoints(service: KubeObject, pods: readonly KubeObject[]): Untyped {
  const addresses = (some: readonly KubeObject[]) =>
    some.map((pod) => ({ ip: pod.status.podIP, nodeName: pod.spec.nodeName, targetRef: targetOf(pod) }));
  const [up, down] = [addresses(pods.filter(ready)), addresses(pods.filter((pod) => !ready(pod)))];
  if (pods.length === 0) return { subsets: [] };
  return {
    subsets: [
      {
        ...(up.length > 0 && { addresses: up }),
        ...(down.length > 0 && { notReadyAddresses: down }),
        ports: ports(service),
      },
    ],
  };
}

function endpointSlice(service: KubeObject, pods: readonly KubeObject[]): Untyped {
  return {
    addressType: 'IPv4',
    endpoints: pods.map((pod) => ({
      addresses: [pod.status.podIP],
      conditions: { ready: ready(pod), serving: ready(pod), terminating: false },
      nodeName: pod.spec.nodeName,
      targetRef: targetOf(pod),
    })),
    ports: ports(service),
  };
}

const ports = (service: KubeObject): Untyped[] =>
  (service.spec.ports ?? []).map(({ name, port, targetPort, protocol }: Untyped) => ({
    ...(name && { name }),
    port: targetPort ?? port,
    protocol: protocol ?? 'TCP',
  }));

function write(resource: string, world: World, wanted: NewObject): Change[] {
  const present = world.get(resource, wanted.metadata.namespace, wanted.metadata.name ?? '');
  if (!present) return [{ kind: 'create', resource, object: wanted }];
  const parts = ({ metadata: _metadata, ...rest }: Untyped) => rest;
  if (sameValue(parts(present), parts(wanted))) return [];
  return [{ kind: 'update', resource, object: { ...present, ...parts(wanted) } }];
}
