import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ownSshSecret } from '../../virtual-machines/ssh-secret.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { GuestCaches } from '../data/guest-caches.js';
import { describeAccessKey, type SshKey } from '../domain/ssh-access.js';

/** Who gets into a guest by keys that its agent brings in. */
export interface SshAccessView {
  /** Null where no keys were ever set so. */
  user: string | null;
  keys: SshKey[];
  /** Changes reach the running guest; false: from its next start on. */
  live: boolean;
  /** What KubeVirt says of the last time; null where it has not said. */
  synchronized: { value: boolean; message: string | null } | null;
}

@Injectable()
export class SshReads {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: GuestCaches,
  ) {}

  /** Throws vm.not_found. */
  get(project: ProjectRef, name: string): SshAccessView {
    const { uid } = this.machines.find(project, name);
    const machine = this.caches.machines.get(project.namespace, name);
    const ssh = machine?.ssh;
    const secret = ownSshSecret(name, uid, machine?.keySecrets ?? []);
    const guest = this.caches.guests.get(project.namespace, name);
    const live = guest?.running === true && guest.keySecrets.includes(secret);
    return {
      user: ssh?.user ?? null,
      keys: (ssh?.keys ?? []).map(describeAccessKey),
      live,
      synchronized: live ? guest.synchronized : null,
    };
  }
}
