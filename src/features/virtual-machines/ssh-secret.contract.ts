import { createHash } from 'node:crypto';

/** The secret with the keys that the guest agent brings into a machine. Of the machine's uid: a copy has its own. */
export const sshSecretName = (machine: string, uid: string): string =>
  `${machine}-ssh-${createHash('sha256').update(uid).digest('hex').slice(0, 10)}`;

/** Whether virtgate gave a secret this name: then it belongs to one machine, and goes with it. */
export const isSshSecretName = (name: string): boolean => /-ssh-[0-9a-f]{10}$/.test(name);
