import { DATA_SOURCES, sameValue } from '../controllers/reconciliation.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { type CloneRights, placeRefusal } from './clone-rights.js';
import { denied, invalidField } from './webhook-refusal.js';

const WEBHOOK = 'datasource-validate.cdi.kubevirt.io';

/**
 * A DataSource leads others where its writer may go, no further: a disk that refers to it may be asked for
 * before it points anywhere.
 */
export const dataSourceAdmission = (rights: CloneRights): AdmissionPlugin => ({
  resources: [DATA_SOURCES],
  validate({ operation, object, oldObject, namespace = '', user }) {
    if (operation === 'DELETE' || sameValue(object?.spec, oldObject?.spec)) return;
    const source = object?.spec?.source ?? {};
    const named = [source.pvc, source.snapshot, source.dataSource].filter(Boolean);
    if (named.length > 1) throw denied(WEBHOOK, [invalidField('spec.source', 'Multiple DataSource sources')]);
    const refusal = placeRefusal(user, namespace, named[0]?.namespace, rights);
    if (refusal) throw denied(WEBHOOK, [invalidField('spec.source', refusal)]);
  },
});
