import type { SshAccess } from '../../ssh-keys/ssh-access.contract.js';
import type { GuestInterface } from './guest-info.js';

interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** A VirtualMachine, as far as its guest is concerned. */
export interface ObservedGuestMachine extends Observed {
  /** What was last written by virtgate; null where nothing was. */
  ssh: SshAccess | null;
  /** Secrets whose keys the agent brings in, from the template on. */
  keySecrets: string[];
}

/** A VirtualMachineInstance likewise. */
export interface ObservedGuest extends Observed {
  running: boolean;
  agentConnected: boolean;
  interfaces: GuestInterface[];
  keySecrets: string[];
  /** KubeVirt's condition AccessCredentialsSynchronized; null where it has not said. */
  synchronized: { value: boolean; message: string | null } | null;
}
