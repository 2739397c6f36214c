import { requestInvalid } from '../../../kernel/failures.js';
import { describeKey, type PublicKey } from '../../ssh-keys/public-key.contract.js';
import {
  type AccessKey,
  distinctKeys,
  lineOf,
  nameOf,
  type SshAccess,
  sshAccessProblems,
} from '../../ssh-keys/ssh-access.contract.js';

/** A key of a machine. */
export interface SshKey extends PublicKey {
  /** The project's name for it; null for one that was given as it is. */
  name: string | null;
}

/** Throws request.invalid with one error per field. */
export function specifySshAccess(given: SshAccess): SshAccess {
  const problems = sshAccessProblems(given);
  const [first] = problems;
  if (first) throw requestInvalid(first.message, { errors: problems });
  return { user: given.user, keys: distinctKeys(given.keys) };
}

export const describeAccessKey = (key: AccessKey): SshKey => ({
  ...describeKey(lineOf(key)),
  name: nameOf(key),
});
