import { defineFailure } from '../../../kernel/failure.js';

export const cloneNameTaken = defineFailure(
  'clone.name_taken',
  'conflict',
  'The name is taken',
  'Choose another name for the clone.',
);
export const cloneSourceRunning = defineFailure(
  'clone.source_running',
  'conflict',
  'The disks can only be copied while the virtual machine is off',
  'Stop it first.',
);
export const cloneSourceGone = defineFailure(
  'clone.source_gone',
  'conflict',
  'The virtual machine to be cloned is gone, or being deleted',
);
export const cloneFirmwareUnknown = defineFailure(
  'clone.firmware_uuid_unknown',
  'conflict',
  'The firmware UUID of the virtual machine is not known while it is off',
  'Start it first, or let the clone have one of its own.',
);
export const cloneTargetNotFound = defineFailure(
  'clone.project_not_found',
  'not_found',
  'There is no such project to clone into',
);
export const cloneNotPortable = defineFailure(
  'clone.not_portable',
  'unprocessable',
  'The virtual machine cannot be cloned to another project',
);
export const cloneFailed = defineFailure(
  'clone.failed',
  'unprocessable',
  'The virtual machine could not be cloned',
);
export const cloneTimeout = defineFailure('clone.timeout', 'timeout', 'The clone made no progress');
export const cloneVanished = defineFailure(
  'clone.vanished',
  'conflict',
  'What was being cloned was deleted by someone else in the meantime',
);
export const cloneStartFailed = defineFailure(
  'clone.start_failed',
  'unprocessable',
  'The virtual machine was cloned, but the clone does not start',
  'Its events say more: GET .../vms/{vm}/events.',
);
