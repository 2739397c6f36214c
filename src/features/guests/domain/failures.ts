import { defineFailure } from '../../../kernel/failure.js';

export const guestNotRunning = defineFailure(
  'guest.not_running',
  'conflict',
  'Only the guest of a running virtual machine can be asked',
  'Start it first.',
);
export const guestAgentNotConnected = defineFailure(
  'guest.agent_not_connected',
  'conflict',
  'The guest agent does not answer',
  'Install and start qemu-guest-agent in the guest; after a boot it takes a moment until it is there.',
);
export const sshKeysMachineGone = defineFailure(
  'ssh_keys.machine_gone',
  'conflict',
  'The virtual machine was deleted in the meantime',
);
