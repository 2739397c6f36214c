import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { AdmissionPlugin } from '../wire/extension.js';

const MAINTENANCES = 'nodemaintenances.nodemaintenance.medik8s.io';
const WEBHOOK = 'vnodemaintenance.kb.io';

/** The node maintenance operator's webhook: one maintenance per node, of a node that there is, and for good. */
export function nodeMaintenanceAdmission(store: ObjectStore): AdmissionPlugin {
  return {
    resources: [MAINTENANCES],
    validate({ operation, object, oldObject }) {
      const nodeName = object?.spec?.nodeName;
      if (operation === 'UPDATE' && nodeName !== oldObject?.spec?.nodeName) {
        throw denied("updating spec.NodeName isn't allowed");
      }
      if (operation !== 'CREATE') return;
      if (!store.get('nodes', undefined, nodeName ?? '')) {
        throw denied(`invalid nodeName, no node with name ${nodeName} found`);
      }
      if (store.list(MAINTENANCES).some((one) => one.spec.nodeName === nodeName)) {
        throw denied(`invalid nodeName, a NodeMaintenance for node ${nodeName} already exists`);
      }
    },
  };
}

function denied(why: string): StatusError {
  return new StatusError(403, 'Forbidden', `admission webhook "${WEBHOOK}" denied the request: ${why}`, {});
}
