import { sshKeyProblem } from '../../ssh-keys/public-key.contract.js';
import {
  type AccessKey,
  distinctKeys,
  lineOf,
  type SshAccess,
  sshAccessProblems,
} from '../../ssh-keys/ssh-access.contract.js';
import { EMPTY_USER_DATA, networkDataProblem, userDataProblem, userDataWithKeys } from './cloud-init.js';
import type { CreateBody, VirtualMachineSpec } from './create-body.js';
import type { Problems } from './specify.js';
import { sysprepOf } from './sysprep.js';

const MAX_SSH_KEYS = 50;

/** The keys that a body means, those of the project found by their names. */
export interface FoundKeys {
  /** In the user data, from the first boot on and for ever. */
  static: readonly AccessKey[];
  /** Brought in by the guest agent. */
  agent: readonly AccessKey[];
}

/** Those that are written out in it. */
export const givenKeys = ({ sshKeys, sshAccess }: CreateBody): FoundKeys => ({
  static: sshKeys ?? [],
  agent: sshAccess?.keys ?? [],
});

type GuestSetup = Pick<VirtualMachineSpec, 'userData' | 'networkData' | 'sysprep' | 'sshAccess'>;

/** What a guest is told of itself at its first boot, and who gets in. */
export function guestSetupOf(body: CreateBody, keys: FoundKeys, problems: Problems): GuestSetup {
  return {
    ...cloudInitOf(body, keys.static, problems),
    sysprep: sysprepOf(body.sysprep, problems),
    sshAccess: sshAccessOf(body, keys.agent, problems),
  };
}

/** Network data stands beside user data: whoever has one has both. */
function cloudInitOf(
  body: CreateBody,
  keys: readonly AccessKey[],
  problems: Problems,
): Pick<GuestSetup, 'userData' | 'networkData'> {
  const userData = userDataOf(body, keys, problems);
  const networkData = body.networkData || null;
  const problem = networkData === null ? null : networkDataProblem(networkData);
  if (problem) problems.at('/networkData', 'network_data', problem);
  return { userData: userData ?? (networkData === null ? null : EMPTY_USER_DATA), networkData };
}

function userDataOf(body: CreateBody, given: readonly AccessKey[], problems: Problems): string | null {
  const keys = given.map((key) => lineOf(key).trim());
  keys.forEach((key, index) => {
    const problem = sshKeyProblem(key);
    if (problem) problems.at(`/sshKeys/${index}`, 'ssh_key', problem);
  });
  if (body.sshKeys && keys.length > MAX_SSH_KEYS) {
    problems.at('/sshKeys', 'ssh_key', `At most ${MAX_SSH_KEYS} keys.`);
  }
  const userData = body.userData || null;
  const problem = userData === null ? null : userDataProblem(userData);
  if (problem) {
    problems.at('/userData', 'user_data', problem);
    return null;
  }
  return userDataWithKeys(userData, [...new Set(keys)]);
}

function sshAccessOf(
  { sshAccess }: CreateBody,
  given: readonly AccessKey[],
  problems: Problems,
): SshAccess | null {
  if (!sshAccess) return null;
  const access = { user: sshAccess.user, keys: distinctKeys(given) };
  problems.add(...sshAccessProblems({ ...access, keys: [...given] }, '/sshAccess'));
  return access;
}
