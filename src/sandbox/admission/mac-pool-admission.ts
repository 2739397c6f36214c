import { VMIS, VMS } from '../controllers/reconciliation.js';
import type { NewObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { AdmissionPlugin } from '../wire/extension.js';

const WEBHOOK = 'mutatevirtualmachines.kubemacpool.io';

/**
 * KubeMacPool's part: no two machines of the cluster may have the same address. A machine that names none has one of its
 * own for as long as it lives.
 */
export function macPoolAdmission(store: Pick<ObjectStore, 'list'>): AdmissionPlugin {
  return {
    resources: [VMS],
    validate({ operation, subresource, object, oldObject, namespace, name }) {
      if (operation === 'DELETE' || subresource === 'status' || oldObject?.metadata.deletionTimestamp) return;
      const wanted = macsOf((object as NewObject).spec?.template?.spec);
      const present = new Set(macsOf(oldObject?.spec?.template?.spec));
      const added = wanted.filter((mac) => !present.has(mac));
      const twice = wanted.find((mac, index) => wanted.indexOf(mac) < index);
      const itself = { namespace, name: name ?? (object as NewObject).metadata.name };
      const taken = twice ?? (added.length > 0 ? takenBy(added, itself, store) : undefined);
      if (taken === undefined) return;
      const verb = operation === 'CREATE' ? 'create' : 'update';
      throw new StatusError(
        500,
        'InternalError',
        `admission webhook "${WEBHOOK}" denied the request: Failed to ${verb} virtual machine allocation error: failed to allocate requested mac address`,
      );
    },
  };
}

function takenBy(
  macs: readonly string[],
  itself: { namespace?: string; name?: string },
  store: Pick<ObjectStore, 'list'>,
): string | undefined {
  const wanted = new Set(macs);
  for (const resource of [VMS, VMIS]) {
    for (const { metadata, spec, status } of store.list(resource)) {
      if (metadata.namespace === itself.namespace && metadata.name === itself.name) continue;
      const theirs = [
        ...macsOf(resource === VMS ? spec.template?.spec : spec),
        ...(status?.interfaces ?? []).map(({ mac }: Untyped) => mac),
      ];
      const found = theirs.find((mac) => wanted.has(mac));
      if (found) return found;
    }
  }
  return undefined;
}

function macsOf(spec: Untyped): string[] {
  return (spec?.domain?.devices?.interfaces ?? []).flatMap(({ macAddress }: Untyped) =>
    typeof macAddress === 'string' ? macAddress.replaceAll('-', ':').toLowerCase() : [],
  );
}
