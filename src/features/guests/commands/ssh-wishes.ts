import { Injectable } from '@nestjs/common';
import { type Caller } from '../../operations/outcome.contract.js';
import { type SshAccess } from '../../ssh-keys/ssh-access.contract.js';
import { SshKeysContract } from '../../ssh-keys/ssh-keys.contract.js';
import { ownSshSecret } from '../../virtual-machines/ssh-secret.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { GuestCaches } from '../data/guest-caches.js';
import { specifySshAccess } from '../domain/ssh-access.js';

/** Who shall get in, by keys or by the names of the project's. */
export interface SshWish {
  user: string;
  keys: string[];
}

/** A wish, understood: for which machine, with the keys that were named. */
@Injectable()
export class SshWishes {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: GuestCaches,
    private readonly keys: SshKeysContract,
  ) {}

  /** Throws vm.not_found, request.invalid. */
  async of(
    { principal, project }: Caller,
    name: string,
    { user, keys }: SshWish,
  ): Promise<{ uid: string; wanted: SshAccess; warnings: string[] }> {
    const { uid } = this.machines.find(project, name);
    const found = await this.keys.resolve(principal, project, keys, '/keys');
    const wanted = specifySshAccess({ user, keys: found });
    return { uid, wanted, warnings: this.#warnings(project.namespace, name, uid, user) };
  }

  #warnings(namespace: string, name: string, uid: string, user: string): string[] {
    const guest = this.caches.guests.get(namespace, name);
    const machine = this.caches.machines.get(namespace, name);
    const before = machine?.ssh?.user;
    const secret = ownSshSecret(name, uid, machine?.keySecrets ?? []);
    return [
      ...(before !== undefined && before !== user ? [`The keys of "${before}" stay in the guest.`] : []),
      ...(guest?.running && (!guest.keySecrets.includes(secret) || before !== user)
        ? ['The running guest takes this from its next start on; later changes reach it while it runs.']
        : []),
    ];
  }
}
