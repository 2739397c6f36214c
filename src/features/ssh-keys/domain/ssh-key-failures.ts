import { defineFailure } from '../../../kernel/failure.js';

export const sshKeyNotFound = defineFailure('ssh_key.not_found', 'not_found', 'There is no such SSH key');
export const sshKeyExists = defineFailure(
  'ssh_key.exists',
  'conflict',
  'The project has this name or this key already',
  'Use the one that is there, or delete it first.',
);
export const sshKeyLimit = defineFailure(
  'ssh_key.limit',
  'conflict',
  'The project has as many SSH keys as it may have',
  'Delete one that is no longer needed.',
);
export const sshKeyInUse = defineFailure(
  'ssh_key.in_use',
  'conflict',
  'Guest agents let people in by this key',
  'Take it out of these machines first: PUT /vms/{vm}/ssh-keys with the other keys. Their guests forget it at once.',
);
