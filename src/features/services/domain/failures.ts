import { defineFailure } from '../../../kernel/failure.js';

export const serviceExists = defineFailure(
  'vm.service_exists',
  'conflict',
  'The name of the service is taken in this project',
  'Choose another name.',
);
export const serviceNotFound = defineFailure(
  'vm.service_not_found',
  'not_found',
  'The virtual machine has no such service',
);
export const serviceNotOpen = defineFailure(
  'vm.service_not_open',
  'forbidden',
  'Services of this type are not open to tenants',
  'The platform opens types by its setting TENANT_SERVICE_TYPES.',
);
export const serviceTimeout = defineFailure(
  'vm.service_timeout',
  'timeout',
  'The cluster does not show the change yet',
  'It may still come: GET .../vms/{vm}/services shows it.',
);
export const serviceMachineGone = defineFailure(
  'vm.service_machine_gone',
  'conflict',
  'The virtual machine was deleted in the meantime',
);
