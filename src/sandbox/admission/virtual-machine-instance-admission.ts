import { sameValue, VMIS } from '../controllers/reconciliation.js';
import { stableUuid } from '../controllers/stable-names.js';
import { withVmiDefaults } from '../controllers/vmi-defaults.js';
import {
  API_VERSION_ANNOTATIONS,
  VM_FINALIZER,
  VMI_FOREGROUND_FINALIZER,
} from '../controllers/vmi-from-vm.js';
import type { NewObject } from '../store/kube-object.js';
import type { AdmissionPlugin } from '../wire/extension.js';
import { vmiTypeErrors } from './body-types.js';
import { vmiSpecCauses } from './vmi-spec-rules.js';
import { denied } from './webhook-refusal.js';

const MUTATOR = 'virtualmachineinstances-mutator.kubevirt.io';
const CREATE_VALIDATOR = 'virtualmachineinstances-create-validator.kubevirt.io';
const UPDATE_VALIDATOR = 'virtualmachineinstances-update-validator.kubevirt.io';

/** virt-api's webhooks for VirtualMachineInstance, as they treat everybody but KubeVirt itself. */
export const virtualMachineInstanceAdmission: AdmissionPlugin = {
  resources: [VMIS],
  mutate({ operation, object, oldObject }) {
    const vmi = object as NewObject;
    if (operation === 'UPDATE') return { ...vmi, status: oldObject?.status };
    if (operation !== 'CREATE') return vmi;
    const wrong = vmiTypeErrors(vmi.spec);
    if (wrong.length > 0) throw denied(MUTATOR, wrong);
    const causes = vmiSpecCauses('spec', vmi.spec, false);
    if (causes.length > 0) throw denied(CREATE_VALIDATOR, causes);
    const { status: _status, ...rest } = vmi;
    return {
      ...rest,
      metadata: {
        ...vmi.metadata,
        annotations: { ...vmi.metadata.annotations, ...API_VERSION_ANNOTATIONS },
        finalizers: [
          ...new Set([...(vmi.metadata.finalizers ?? []), VM_FINALIZER, VMI_FOREGROUND_FINALIZER]),
        ],
      },
      spec: withVmiDefaults(vmi.spec, stableUuid(`${vmi.metadata.namespace}/${vmi.metadata.name}`)),
    };
  },
  validate({ operation, object, oldObject }) {
    if (operation !== 'UPDATE' || !oldObject) return;
    if (!sameValue(object?.spec, oldObject.spec)) {
      throw denied(UPDATE_VALIDATOR, [
        { reason: 'FieldValueNotSupported', message: 'update of VMI object is restricted' },
      ]);
    }
  },
};
