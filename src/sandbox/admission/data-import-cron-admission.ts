import { Cron } from 'croner';
import { DATA_IMPORT_CRONS, sameValue } from '../controllers/reconciliation.js';
import type { Untyped } from '../store/kube-object.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { dataVolumeCauses } from './data-volume-admission.js';
import { type Cause, denied, invalidField, requiredField } from './webhook-refusal.js';

const WEBHOOK = 'dataimportcron-validate.cdi.kubevirt.io';

/** CDI's webhook for DataImportCron. */
export const dataImportCronAdmission: AdmissionPlugin = {
  resources: [DATA_IMPORT_CRONS],
  validate({ operation, subresource, object, oldObject }) {
    if (operation === 'DELETE' || subresource === 'status' || oldObject?.metadata.deletionTimestamp) return;
    if (sameValue(object?.spec, oldObject?.spec)) return;
    const causes = cronCauses(object?.spec ?? {});
    if (causes.length > 0) throw denied(WEBHOOK, causes);
  },
};

function cronCauses(spec: Untyped): Cause[] {
  const causes: Cause[] = [];
  const template = spec.template?.spec ?? {};
  if (!template.source?.registry && !template.source?.http) {
    causes.push(invalidField('spec.template.spec.source', 'Missing registry source'));
  } else causes.push(...dataVolumeCauses(template, 'spec.template.spec'));
  if (!spec.managedDataSource) {
    causes.push(requiredField('spec.managedDataSource', 'DataImportCron must have a managedDataSource'));
  }
  if (spec.schedule && !isSchedule(spec.schedule)) {
    causes.push(invalidField('spec.schedule', `Illegal cron schedule ${JSON.stringify(spec.schedule)}`));
  }
  if (spec.importsToKeep !== undefined && spec.importsToKeep < 0) {
    causes.push(invalidField('spec.importsToKeep', 'Illegal ImportsToKeep value'));
  }
  for (const [field, values] of [
    ['garbageCollect', ['Never', 'Outdated']],
    ['retentionPolicy', ['None', 'All']],
  ] as const) {
    if (spec[field] !== undefined && !(values as readonly unknown[]).includes(spec[field])) {
      causes.push(invalidField(`spec.${field}`, `Illegal ${field} value ${spec[field]}`));
    }
  }
  return causes;
}

/** Five fields, as Kubernetes has them. */
function isSchedule(text: unknown): boolean {
  if (typeof text !== 'string' || text.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(text, { timezone: 'UTC', paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}
