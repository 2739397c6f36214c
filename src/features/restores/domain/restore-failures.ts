import { defineFailure } from '../../../kernel/failure.js';

export const restoreNotFound = defineFailure('restore.not_found', 'not_found', 'There is no such restore');
export const restoreSourceGone = defineFailure(
  'restore.machine_gone',
  'conflict',
  'The virtual machine of the snapshot is gone',
  'Restore it to a new machine: give newName.',
);
export const restoreNameTaken = defineFailure(
  'restore.name_taken',
  'conflict',
  'The name is taken',
  'Choose another newName.',
);
export const restoreFailed = defineFailure(
  'restore.failed',
  'unprocessable',
  'The snapshot could not be restored',
);
export const restoreTimeout = defineFailure(
  'restore.timeout',
  'timeout',
  'The snapshot was not restored in time',
);
export const restoreStopTimeout = defineFailure(
  'restore.stop_timeout',
  'timeout',
  'The virtual machine did not stop in time',
  'Restore it with force: true; the guest may be ignoring its power button.',
);
export const restoreStartFailed = defineFailure(
  'restore.start_failed',
  'unprocessable',
  'The snapshot was restored, but the virtual machine does not start',
  'Its events say more: GET .../vms/{vm}/events.',
);
export const restoreVanished = defineFailure(
  'restore.vanished',
  'conflict',
  'What was being restored was deleted by someone else in the meantime',
);
/** The snapshots room's code for the same is its own: a room's failures are not in its contract. */
export const snapshotUnready = defineFailure(
  'restore.snapshot_not_ready',
  'conflict',
  'The snapshot is not ready to use',
  'Wait until its state is Succeeded; one that failed holds nothing.',
);
