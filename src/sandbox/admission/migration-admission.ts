import { findCondition } from '../controllers/conditions.js';
import { isFinalMigration, MIGRATION_FINALIZER, VMI_NAME_LABEL } from '../controllers/migration-state.js';
import { MIGRATION_POLICIES, MIGRATIONS, sameValue, VMIS } from '../controllers/reconciliation.js';
import { isFinal } from '../controllers/vm-run-strategy.js';
import type { NewObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { type Cause, denied, invalidField, requiredField } from './webhook-refusal.js';

const CREATE_VALIDATOR = 'migration-create-validator.kubevirt.io';
const UPDATE_VALIDATOR = 'migration-update-validator.kubevirt.io';
const POLICY_VALIDATOR = 'migration-policy-validator.kubevirt.io';

type Lookup = Pick<ObjectStore, 'get' | 'list'>;

/** A denial for one reason and without a field: the API server passes it on as 403. */
function refused(webhook: string, why: string): StatusError {
  return new StatusError(403, 'Forbidden', `admission webhook "${webhook}" denied the request: ${why}`);
}

/** virt-api's webhooks for migrations. @see KubeVirt pkg/virt-api/webhooks/.../admitters/migration-create-admitter.go */
export function migrationAdmission(store: Lookup): AdmissionPlugin[] {
  return [
    {
      resources: [MIGRATIONS],
      mutate: ({ operation, object }) =>
        operation === 'CREATE' ? withMarks(object as NewObject) : (object as NewObject),
      validate({ operation, object, oldObject, namespace, subresource }) {
        if (subresource || !object) return;
        if (operation === 'CREATE')
          checkMigration(object, object.metadata.namespace ?? namespace ?? '', store);
        if (operation === 'UPDATE' && oldObject) checkUpdate(object, oldObject);
      },
    },
    {
      resources: [MIGRATION_POLICIES],
      validate({ operation, object, subresource }) {
        if (operation === 'DELETE' || subresource || !object) return;
        const causes = policyCauses(object.spec ?? {});
        if (causes.length > 0) throw denied(POLICY_VALIDATOR, causes);
      },
    },
  ];
}

/** What a migration carries from its first moment on. */
export function withMarks(migration: NewObject): NewObject {
  const { metadata } = migration;
  return {
    ...migration,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [VMI_NAME_LABEL]: migration.spec?.vmiName },
      finalizers: [...new Set([...(metadata.finalizers ?? []), MIGRATION_FINALIZER])],
    },
  };
}

/** Refuses what cannot be migrated, in KubeVirt's words. */
export function checkMigration({ spec }: NewObject, namespace: string, store: Lookup): void {
  if (!spec?.vmiName) throw denied(CREATE_VALIDATOR, [requiredField('spec.vmiName', 'vmiName is missing')]);
  const vmi = store.get(VMIS, namespace, spec.vmiName);
  if (!vmi) throw refused(CREATE_VALIDATOR, `the VMI "${namespace}/${spec.vmiName}" does not exist`);
  if (isFinal(vmi)) throw refused(CREATE_VALIDATOR, 'Cannot migrate VMI in finalized state.');
  const migratable = findCondition(vmi, 'LiveMigratable');
  if (migratable?.status === 'False') {
    const { reason, message } = migratable;
    throw refused(CREATE_VALIDATOR, `Cannot migrate VMI, Reason: ${reason}, Message: ${message}`);
  }
  const active = store
    .list(MIGRATIONS, namespace)
    .find((one) => one.spec.vmiName === spec.vmiName && !isFinalMigration(one));
  if (active) {
    throw refused(
      CREATE_VALIDATOR,
      `in-flight migration detected. Active migration job (${active.metadata.uid}) is currently already in progress for VMI ${spec.vmiName}.`,
    );
  }
}

function checkUpdate(object: NewObject, before: Untyped): void {
  if (!sameValue(object.spec, before.spec)) {
    throw denied(UPDATE_VALIDATOR, [
      { reason: 'FieldValueNotSupported', message: "update of Migration object's spec is restricted" },
    ]);
  }
  const label = before.metadata.labels?.[VMI_NAME_LABEL];
  if (label !== undefined && object.metadata.labels?.[VMI_NAME_LABEL] !== label) {
    throw denied(UPDATE_VALIDATOR, [
      {
        reason: 'FieldValueNotSupported',
        message: "selector label can't be modified for an in-flight migration job",
      },
    ]);
  }
}

function policyCauses(spec: Untyped): Cause[] {
  const causes: Cause[] = [];
  if (Number(spec.completionTimeoutPerGiB ?? 0) < 0) {
    causes.push(invalidField('spec.completionTimeoutPerGiB', 'must not be negative'));
  }
  if (String(spec.bandwidthPerMigration ?? '').startsWith('-')) {
    causes.push(invalidField('spec.bandwidthPerMigration', 'must not be negative'));
  }
  return causes;
}
