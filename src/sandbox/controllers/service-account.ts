import type { KubeObject } from '../store/kube-object.js';
import type { World } from './reconciliation.js';
import { type Controller, type Reconciliation } from './reconciliation.js';

/** kube-controller-manager's part for namespaces: each has the ServiceAccount `default`. */
export const namespaceController: Controller = {
  name: 'namespace',
  resource: 'namespaces',
  reconcile: defaultServiceAccount,
  watches: { serviceaccounts: (account) => [`/${account.metadata.namespace}`] },
};

export function defaultServiceAccount(namespace: KubeObject, world: World): Reconciliation {
  const name = namespace.metadata.name;
  if (namespace.metadata.deletionTimestamp || world.get('serviceaccounts', name, 'default')) {
    return { changes: [] };
  }
  return {
    changes: [
      {
        kind: 'create',
        resource: 'serviceaccounts',
        object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
      },
    ],
  };
}
