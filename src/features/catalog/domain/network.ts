/** What a machine's interface can be on. */
export interface Network {
  /** As machines name it: `pod`, its own name, or `namespace/name` of one that other projects share. */
  name: string;
  kind: 'pod' | 'secondary';
  displayName: string | null;
  description: string | null;
  /** The CNI plugin; null for the pod network, and where the definition does not say. */
  type: string | null;
  vlan: number | null;
  /** It is the platform's, and every project sees it. */
  shared: boolean;
}

/** The cluster's own network, which every machine can be on. */
export const POD_NETWORK: Network = Object.freeze({
  name: 'pod',
  kind: 'pod',
  displayName: null,
  description: 'The network of the cluster, behind address translation.',
  type: null,
  vlan: null,
  shared: true,
});
