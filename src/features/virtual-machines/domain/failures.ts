import { defineFailure } from '../../../kernel/failure.js';

export const vmNotFound = defineFailure('vm.not_found', 'not_found', 'There is no such virtual machine');
export const vmExists = defineFailure(
  'vm.exists',
  'conflict',
  'The name is taken',
  'Choose another name, or delete the virtual machine that has it.',
);
export const vmDiskExists = defineFailure(
  'vm.disk_exists',
  'conflict',
  'A disk with the name of the new boot disk exists',
  'It was kept when an earlier machine was deleted, or is being deleted still. Delete it or choose another name.',
);
export const vmBootSourceMissing = defineFailure(
  'vm.boot_source_missing',
  'unprocessable',
  'There is no such boot source in the project',
);
export const vmAlreadyRunning = defineFailure(
  'vm.already_running',
  'conflict',
  'The virtual machine is running or on its way to',
);
export const vmRanOnce = defineFailure(
  'vm.ran_once',
  'conflict',
  'The virtual machine has run once, as its run strategy says',
  'Stop it, which makes its run strategy Halted, or give it another one; then start it.',
);
export const vmNotRunning = defineFailure(
  'vm.not_running',
  'conflict',
  'The virtual machine is not running',
  'Start it first.',
);
export const vmPaused = defineFailure(
  'vm.paused',
  'conflict',
  'The virtual machine is paused',
  'Unpause it first.',
);
export const vmNotPaused = defineFailure('vm.not_paused', 'conflict', 'The virtual machine is not paused');
export const vmBeingDeleted = defineFailure(
  'vm.being_deleted',
  'conflict',
  'The virtual machine is being deleted',
);
export const vmDiskCopied = defineFailure(
  'vm.disk_copied',
  'conflict',
  'A disk of the virtual machine is being copied',
  'Start it when the copy is done, or cancel what makes the copy.',
);
export const vmDeleteProtected = defineFailure(
  'vm.delete_protected',
  'conflict',
  'The virtual machine is protected from deletion',
  'Set deleteProtection to false first.',
);
export const vmUnschedulable = defineFailure(
  'vm.unschedulable',
  'unprocessable',
  'No node has room for the virtual machine',
);
export const vmStartFailed = defineFailure(
  'vm.start_failed',
  'unprocessable',
  'The virtual machine does not start',
  'Its events say more: GET .../vms/{vm}/events.',
);
export const vmStartTimeout = defineFailure(
  'vm.start_timeout',
  'timeout',
  'The virtual machine did not start in time',
  'Its events say more: GET .../vms/{vm}/events.',
);
export const vmStopTimeout = defineFailure(
  'vm.stop_timeout',
  'timeout',
  'The virtual machine did not stop in time',
  'Stop it with force: true; the guest may be ignoring its power button.',
);
export const vmVanished = defineFailure(
  'vm.vanished',
  'conflict',
  'The virtual machine was deleted by someone else in the meantime',
);
export const vmNoUserData = defineFailure(
  'vm.no_user_data',
  'conflict',
  'The virtual machine was made without user data that could be replaced',
);
export const vmCreateFailed = defineFailure(
  'vm.create_failed',
  'unprocessable',
  'The virtual machine could not be created',
);
export const vmResizeTimeout = defineFailure(
  'vm.resize_timeout',
  'timeout',
  'The running machine did not get its new size in time',
  'The change stays: it has it after its next move or restart. Its migrations say what holds it: GET .../migrations.',
);
export const vmDeleteTimeout = defineFailure(
  'vm.delete_timeout',
  'timeout',
  'The virtual machine is not gone yet',
  'The cluster goes on deleting it. Its events say what holds it.',
);
