import type { ObservedPolicy, PolicySelectors, PolicySettings } from './policy.js';

/** A migration policy as it is answered. Null: as the cluster has it. */
export interface PolicyView extends PolicySettings {
  /** The uid in the cluster. */
  id: string;
  name: string;
  selectors: PolicySelectors;
  createdAt: string;
}

export const policyView = ({
  uid,
  namespace: _namespace,
  resourceVersion: _resourceVersion,
  selects: _selects,
  ...policy
}: ObservedPolicy): PolicyView => ({ id: uid, ...policy });

export const policyVersion = ({ uid, resourceVersion }: ObservedPolicy): string =>
  `${uid}/${resourceVersion}`;
