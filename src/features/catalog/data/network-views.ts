import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { Keyed, ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { NETWORK_ATTACHMENT_DEFINITION } from '../../../platform/cluster/kinds.js';
import type { Network } from '../domain/network.js';

export interface NetworkView extends Keyed {
  network: Omit<Network, 'shared'>;
}

/** The Network Plumbing Working Group's definition: `spec.config` is a CNI configuration, as JSON in a string. */
export const NETWORKS: ViewDefinition<NetworkView> = {
  kind: NETWORK_ATTACHMENT_DEFINITION,
  optional: true,
  project: (object) => {
    const annotations = object.metadata.annotations ?? {};
    return {
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name,
      uid: object.metadata.uid ?? '',
      resourceVersion: object.metadata.resourceVersion ?? '',
      network: {
        name: object.metadata.name,
        kind: 'secondary',
        displayName: cappedText(annotations['openshift.io/display-name'], 128),
        description: cappedText(annotations.description, 512),
        ...configuration(object),
      },
    };
  },
};

/** Only which plugin, and which VLAN: the rest is the platform's. */
function configuration(object: KubeObject): Pick<Network, 'type' | 'vlan'> {
  try {
    const spec = object.spec as { config?: unknown } | undefined;
    const parsed = JSON.parse(String(spec?.config ?? '{}')) as Record<string, unknown>;
    const plugins = Array.isArray(parsed.plugins) ? (parsed.plugins as Record<string, unknown>[]) : [];
    const { type, vlan, vlanID } = { ...plugins[0], ...parsed } as Record<string, unknown>;
    const id = vlan ?? vlanID;
    return { type: cappedText(type, 63), vlan: Number.isInteger(id) ? (id as number) : null };
  } catch {
    return { type: null, vlan: null };
  }
}
