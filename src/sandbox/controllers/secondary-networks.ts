import type { KubeObject, Untyped } from '../store/kube-object.js';
import { NETWORK_DEFINITIONS, type World } from './reconciliation.js';

/** Multus' own words on the pod. */
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';

/** The secondary network of an interface, as `namespace/name`; undefined on the pod's. */
export function secondaryNetwork(
  spec: Untyped,
  interfaceName: string,
  namespace: string | undefined,
): string | undefined {
  const network = (spec.networks ?? []).find((one: Untyped) => one.name === interfaceName);
  const name: string | undefined = network?.multus?.networkName;
  if (!name) return undefined;
  return name.includes('/') ? name : `${namespace}/${name}`;
}

/** Whether KubeVirt plugs such an interface into, and out of, a running guest: virtio by a bridge, on a secondary network. */
export function isHotpluggable(spec: Untyped, one: Untyped): boolean {
  const network = (spec.networks ?? []).find((candidate: Untyped) => candidate.name === one.name);
  return Boolean(network?.multus && one.bridge && (one.model === undefined || one.model === 'virtio'));
}

export const isAbsent = (one: Untyped): boolean => one.state === 'absent';

/** The first network that an instance wants and that nobody has defined. */
export function missingDefinition(vmi: KubeObject, world: World): string | undefined {
  return wantedNetworks(vmi).find((network) => {
    const [namespace, name = ''] = network.split('/');
    return !world.get(NETWORK_DEFINITIONS, namespace, name);
  });
}

/** What tells Multus which networks to bring into the pod; nothing where there is none. */
export function multusAnnotations(vmi: KubeObject): Record<string, string> {
  const wanted = wantedNetworks(vmi);
  if (wanted.length === 0) return {};
  const selections = wanted.map((network, index) => {
    const [namespace, name] = network.split('/');
    return { namespace, name, interface: `net${index + 1}` };
  });
  return { [NETWORKS]: JSON.stringify(selections) };
}

function wantedNetworks({ metadata, spec }: KubeObject): string[] {
  return (spec.domain.devices.interfaces ?? []).flatMap((one: Untyped) =>
    isAbsent(one) ? [] : (secondaryNetwork(spec, one.name, metadata.namespace) ?? []),
  );
}
