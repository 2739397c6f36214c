export const RESTORE_STATES = ['InProgress', 'Succeeded', 'Failed', 'Deleting'] as const;
export type RestoreState = (typeof RESTORE_STATES)[number];

/** What a volume of the machine was given. */
export interface RestoredVolume {
  name: string;
  claim: string;
}

/** A VirtualMachineRestore, whoever made it. */
export interface RestoreFacts {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  snapshot: string;
  virtualMachine: string;
  state: RestoreState;
  /** What KubeVirt is at, or why it gave up, in its words. */
  message: string | null;
  volumes: RestoredVolume[];
  createdAt: string;
  restoredAt: string | null;
  operation: string | null;
  createdBy: { type: string; id: string; name: string } | null;
}

/** A restore as it is answered. Times are RFC 3339. */
export interface RestoreView extends Omit<RestoreFacts, 'namespace' | 'uid' | 'resourceVersion'> {
  /** The uid in the cluster. */
  id: string;
  project: string;
}

export function restoreView(facts: RestoreFacts, project: string): RestoreView {
  const { namespace: _namespace, uid, resourceVersion: _version, name, ...more } = facts;
  return { id: uid, name, project, ...more };
}
