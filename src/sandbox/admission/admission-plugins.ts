import type { ObjectStore } from '../store/object-store.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { claimAdmission } from './claim-admission.js';
import { dataVolumeAdmission } from './data-volume-admission.js';
import { virtualMachineAdmission } from './virtual-machine-admission.js';
import { virtualMachineInstanceAdmission } from './virtual-machine-instance-admission.js';

/** Everything that stands between a request and the store, in its order. */
export function admissionPlugins(store: Pick<ObjectStore, 'get'>): AdmissionPlugin[] {
  return [
    virtualMachineAdmission(store),
    virtualMachineInstanceAdmission,
    dataVolumeAdmission,
    claimAdmission,
  ];
}
