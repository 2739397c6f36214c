import { defineFailure } from '../../../kernel/failure.js';

export const trashNotFound = defineFailure(
  'trash.not_found',
  'not_found',
  'There is no such virtual machine in the trash',
);
export const trashPurging = defineFailure(
  'trash.purging',
  'conflict',
  'The virtual machine is being purged',
  'It cannot be brought back any more.',
);
export const trashRefused = defineFailure(
  'trash.refused',
  'unprocessable',
  'The cluster did not take the virtual machine into or out of the trash',
);
