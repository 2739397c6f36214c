import { VMS } from '../controllers/reconciliation.js';
import { StatusError } from '../store/status-error.js';
import type { AdmissionPlugin } from '../wire/extension.js';

const POLICY = 'kubevirt-vm-deletion-protection';
const LABEL = 'kubevirt.io/vm-delete-protection';

/**
 * As on OpenShift, where SSP's ValidatingAdmissionPolicy keeps whoever asks from deleting a VM that is labelled so; both
 * spellings of true count. @see ssp-operator internal/operands/vm-delete-protection
 */
export const deletionProtection: AdmissionPlugin = {
  resources: [VMS],
  validate({ operation, subresource, oldObject }) {
    if (operation !== 'DELETE' || subresource || !oldObject) return;
    const { name, labels } = oldObject.metadata;
    if (!/^(true|True)$/.test(labels?.[LABEL] ?? '')) return;
    const why = `VirtualMachine ${name} cannot be deleted, disable/remove label '${LABEL}' from VirtualMachine before deleting it`;
    throw new StatusError(
      422,
      'Invalid',
      `virtualmachines.kubevirt.io "${name}" is forbidden: ValidatingAdmissionPolicy '${POLICY}' with binding '${POLICY}' denied request: ${why}`,
      { name, group: 'kubevirt.io', kind: 'virtualmachines', causes: [{ message: why }] },
    );
  },
};
