import type { ObjectStore } from '../store/object-store.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { claimAdmission } from './claim-admission.js';
import type { CloneRights } from './clone-rights.js';
import { dataImportCronAdmission } from './data-import-cron-admission.js';
import { dataSourceAdmission } from './data-source-admission.js';
import { dataVolumeAdmission } from './data-volume-admission.js';
import { deletionProtection } from './deletion-protection.js';
import { macPoolAdmission } from './mac-pool-admission.js';
import { serviceAllocation } from './service-allocation.js';
import { virtualMachineAdmission } from './virtual-machine-admission.js';
import { virtualMachineInstanceAdmission } from './virtual-machine-instance-admission.js';

/** Everything that stands between a request and the store, in its order. */
export function admissionPlugins(
  store: Pick<ObjectStore, 'get' | 'list'>,
  rights: CloneRights,
): AdmissionPlugin[] {
  return [
    virtualMachineAdmission(store, rights),
    macPoolAdmission(store),
    serviceAllocation(store),
    deletionProtection,
    virtualMachineInstanceAdmission,
    dataVolumeAdmission(store, rights),
    dataSourceAdmission(rights),
    dataImportCronAdmission,
    claimAdmission(rights),
  ];
}
