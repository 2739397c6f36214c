import { defineFailure } from '../../../kernel/failure.js';

export const snapshotNotFound = defineFailure('snapshot.not_found', 'not_found', 'There is no such snapshot');
export const snapshotMachineGone = defineFailure(
  'snapshot.machine_gone',
  'conflict',
  'The virtual machine is gone, or being deleted',
);
export const snapshotExists = defineFailure(
  'snapshot.exists',
  'conflict',
  'The name is taken',
  'Choose another name, or delete the snapshot that has it.',
);
export const snapshotNotPossible = defineFailure(
  'snapshot.not_possible',
  'unprocessable',
  'None of the disks can be snapshotted',
  'Its storage has no snapshots. Move the disks to a storage class that has, or copy them.',
);
export const snapshotInUse = defineFailure(
  'snapshot.in_use',
  'conflict',
  'The snapshot is being restored',
  'Wait until the restore has settled.',
);
export const snapshotFailed = defineFailure(
  'snapshot.failed',
  'unprocessable',
  'The snapshot could not be taken',
  'Try again with the machine stopped; its events say more: GET .../vms/{vm}/events.',
);
export const snapshotTimeout = defineFailure(
  'snapshot.timeout',
  'timeout',
  'The snapshot was not taken in time',
  'Give it a longer failureDeadline, or take it with the machine stopped.',
);
export const snapshotVanished = defineFailure(
  'snapshot.vanished',
  'conflict',
  'The snapshot was deleted by someone else in the meantime',
);
export const snapshotDeleteTimeout = defineFailure(
  'snapshot.delete_timeout',
  'timeout',
  'The snapshot is not gone yet',
  'The cluster goes on deleting it.',
);
