import type { NewObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { AdmissionPlugin } from '../wire/extension.js';

const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;

/** kube-apiserver's part for Services: addresses of the cluster, and ports of its nodes, each given once. */
export function serviceAllocation(store: Pick<ObjectStore, 'list'>): AdmissionPlugin {
  return {
    resources: ['services'],
    mutate({ operation, object, oldObject }) {
      const service = object as NewObject;
      const spec: Untyped = service.spec ?? {};
      if (operation === 'UPDATE' && oldObject) keepAddresses(spec, oldObject.spec);
      if (operation === 'DELETE' || spec.type === 'ExternalName') return service;
      const others = store.list('services').filter((one) => one.metadata.uid !== oldObject?.metadata.uid);
      giveAddresses(spec, others);
      if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') givePorts(spec, others);
      service.status ??= { loadBalancer: {} };
      return service;
    },
  };
}

/** The addresses of a Service stay with it. */
function keepAddresses(spec: Untyped, before: Untyped): void {
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
    if (spec[field] === undefined && before?.[field] !== undefined) spec[field] = before[field];
  }
}

function giveAddresses(spec: Untyped, others: readonly Untyped[]): void {
  spec.ipFamilyPolicy ??= 'SingleStack';
  spec.ipFamilies ??= spec.ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6'];
  if (spec.clusterIP === 'None') {
    spec.clusterIPs ??= ['None'];
    return;
  }
  const taken = new Set(others.flatMap(({ spec: other }) => other?.clusterIPs ?? []));
  const free = (address: (index: number) => string): string => {
    for (let index = 1; index < 65_000; index += 1) if (!taken.has(address(index))) return address(index);
    throw new StatusError(500, 'InternalError', 'failed to allocate IP: range is full');
  };
  spec.clusterIPs ??= spec.ipFamilies.map((family: string) =>
    family === 'IPv6'
      ? free((index) => `fd00:10:96::${index.toString(16)}`)
      : free((index) => `10.96.${index >> 8}.${index & 255}`),
  );
  spec.clusterIP ??= spec.clusterIPs[0];
}

function givePorts(spec: Untyped, others: readonly Untyped[]): void {
  const taken = new Set(others.flatMap(({ spec: other }) => portsOf(other)));
  for (const port of spec.ports ?? []) {
    if (port.nodePort !== undefined) {
      const range = port.nodePort >= FIRST_NODE_PORT && port.nodePort <= LAST_NODE_PORT;
      if (range && !taken.has(port.nodePort)) continue;
      const why = range ? 'provided port is already allocated' : 'provided port is not in the valid range.';
      throw new StatusError(
        422,
        'Invalid',
        `spec.ports[0].nodePort: Invalid value: ${port.nodePort}: ${why}`,
      );
    }
    const own = new Set(portsOf(spec));
    let candidate = FIRST_NODE_PORT;
    while (taken.has(candidate) || own.has(candidate)) candidate += 1;
    if (candidate > LAST_NODE_PORT) {
      throw new StatusError(500, 'InternalError', 'failed to allocate a nodePort: range is full');
    }
    port.nodePort = candidate;
  }
}

const portsOf = (spec: Untyped): number[] =>
  (spec?.ports ?? []).flatMap(({ nodePort }: Untyped) => nodePort ?? []);
