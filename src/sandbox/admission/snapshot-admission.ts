import { durationMs } from '../controllers/duration.js';
import {
  sameValue,
  VM_CLONES,
  VM_EXPORTS,
  VM_RESTORES,
  VM_SNAPSHOTS,
} from '../controllers/reconciliation.js';
import type { NewObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { AdmissionPlugin, AdmissionRequest } from '../wire/extension.js';
import { type Cause, denied, invalidField, requiredField } from './webhook-refusal.js';

const IMMUTABLE = 'spec in immutable after creation';

/** One webhook of virt-api: the spec is checked when it comes, and stays as it is from then on. */
function webhook(
  resource: string,
  name: string,
  causesOf: (object: NewObject, request: AdmissionRequest) => Cause[],
): AdmissionPlugin {
  return {
    resources: [resource],
    validate(request) {
      const { operation, subresource, object, oldObject } = request;
      if (operation === 'DELETE' || subresource === 'status' || !object) return;
      if (oldObject?.metadata.deletionTimestamp) return;
      if (oldObject) {
        if (sameValue(oldObject.spec, object.spec)) return;
        throw denied(name, [invalidField('spec', IMMUTABLE)]);
      }
      const causes = object.spec ? causesOf(object, request) : [requiredField('spec', 'spec is required')];
      if (causes.length > 0) throw denied(name, causes);
    },
  };
}

/** virt-api's webhooks for snapshots, restores, clones and exports. @see KubeVirt pkg/storage/admitters */
export function snapshotAdmission(store: Pick<ObjectStore, 'list'>): AdmissionPlugin[] {
  return [
    webhook(VM_SNAPSHOTS, 'virtualmachinesnapshot-validator.snapshot.kubevirt.io', snapshotCauses),
    webhook(VM_RESTORES, 'virtualmachinerestore-validator.snapshot.kubevirt.io', (object, request) =>
      restoreCauses(object, request, store),
    ),
    webhook(VM_CLONES, 'vm-clone-validator.kubevirt.io', cloneCauses),
    webhook(VM_EXPORTS, 'virtualmachineexport-validator.export.kubevirt.io', exportCauses),
  ];
}

function referenceCauses(reference: Untyped, at: string, kinds: Record<string, string>): Cause[] {
  const group = kinds[reference?.kind ?? ''];
  if (group === undefined) return [invalidField(`${at}.kind`, 'invalid kind')];
  if ((reference.apiGroup ?? '') !== group) return [invalidField(`${at}.apiGroup`, 'invalid apiGroup')];
  return reference.name ? [] : [requiredField(`${at}.name`, 'name is required')];
}

const MACHINE = { VirtualMachine: 'kubevirt.io' };

function snapshotCauses({ spec }: NewObject): Cause[] {
  const causes = referenceCauses(spec.source, 'spec.source', MACHINE);
  if (spec.failureDeadline !== undefined && durationMs(spec.failureDeadline) === undefined) {
    causes.push(
      invalidField('spec.failureDeadline', `invalid duration ${JSON.stringify(spec.failureDeadline)}`),
    );
  }
  return causes;
}

function restoreCauses(
  { spec, metadata }: NewObject,
  request: AdmissionRequest,
  store: Pick<ObjectStore, 'list'>,
): Cause[] {
  const causes = referenceCauses(spec.target, 'spec.target', MACHINE);
  if (!spec.virtualMachineSnapshotName) {
    causes.push(requiredField('spec.virtualMachineSnapshotName', 'virtualMachineSnapshotName is required'));
  }
  causes.push(...patchCauses(spec.patches ?? []));
  const namespace = metadata.namespace ?? request.namespace;
  const rival = store
    .list(VM_RESTORES, namespace)
    .find((one) => one.spec.target.name === spec.target?.name && !one.status?.complete && !hasFailed(one));
  if (rival) {
    causes.push(invalidField('spec.target', `VirtualMachineRestore "${rival.metadata.name}" in progress`));
  }
  return causes;
}

const hasFailed = (restore: Untyped): boolean =>
  (restore.status?.conditions ?? []).some((one: Untyped) => one.type === 'Failure' && one.status === 'True');

/**
 * KubeVirt cuts each patch at "," and each piece at ":" and wants exactly two parts, so that no value may
 * hold either. @see KubeVirt pkg/storage/admitters/vmrestore.go
 */
function patchCauses(patches: unknown[]): Cause[] {
  return patches.flatMap((patch, index): Cause[] => {
    const refuse = (why: string) => [invalidField('spec.patches', `${why}: ${String(patch)}`)];
    for (const pair of String(patch)
      .replaceAll(/^\s*\{|\}\s*$/g, '')
      .split(',')) {
      const parts = pair.split(':');
      if (parts.length !== 2) return refuse('one ":" expected in a single key-value json patch');
      const [key = '', value = ''] = parts.map((part) => part.trim().replaceAll('"', ''));
      const allowed = ['/spec/', '/metadata/labels', '/metadata/annotations'];
      if (key === 'path' && !allowed.some((one) => value.startsWith(one))) {
        return refuse(
          `patching is valid only for elements under /spec/, /metadata/labels and /metadata/annotations (patch ${index})`,
        );
      }
    }
    return [];
  });
}

function cloneCauses({ spec }: NewObject): Cause[] {
  const kinds = { ...MACHINE, VirtualMachineSnapshot: 'snapshot.kubevirt.io' };
  const causes = referenceCauses(spec.source, 'spec.source', kinds);
  if (spec.target) {
    causes.push(...referenceCauses(spec.target, 'spec.target', MACHINE));
    const { source, target } = spec;
    if (source?.kind === target.kind && source?.name === target.name) {
      causes.push(invalidField('spec.source', 'Source and target cannot be the same'));
    }
  }
  for (const filter of [...(spec.labelFilters ?? []), ...(spec.annotationFilters ?? [])]) {
    if (String(filter).lastIndexOf('!') > 0) {
      causes.push(
        invalidField(
          'spec',
          `negation character ("!") can be used only at the beginning of the filter: ${filter}`,
        ),
      );
    }
  }
  return causes;
}

function exportCauses({ spec }: NewObject): Cause[] {
  const kinds = {
    ...MACHINE,
    VirtualMachineSnapshot: 'snapshot.kubevirt.io',
    PersistentVolumeClaim: '',
  };
  const causes = referenceCauses(
    spec.source?.apiGroup === 'v1' ? { ...spec.source, apiGroup: '' } : spec.source,
    'spec.source',
    kinds,
  );
  if (spec.ttlDuration !== undefined && durationMs(spec.ttlDuration) === undefined) {
    causes.push(invalidField('spec.ttlDuration', `invalid duration ${JSON.stringify(spec.ttlDuration)}`));
  }
  return causes;
}
