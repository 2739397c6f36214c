import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, isDryRun, type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { MachineWork } from '../../virtual-machines/machine-work.contract.js';
import { sshSecretName } from '../../virtual-machines/ssh-key.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { GuestCaches } from '../data/guest-caches.js';
import { SSH_ANNOTATION, type SshAccess, specifySshAccess } from '../domain/ssh-access.js';
import { SET_SSH_KEYS_KIND } from '../operation-kinds.js';

/** Sets who gets into a guest: the guest agent writes the keys, also while it runs. */
@Injectable()
export class SetSshKeys {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: GuestCaches,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly work: MachineWork,
  ) {}

  /** Throws vm.not_found, request.invalid, operation.in_progress. */
  async execute(caller: Caller, name: string, body: SshAccess): Promise<Outcome> {
    const { uid } = this.machines.find(caller.project, name);
    const wanted = specifySshAccess(body);
    const warnings = this.#warnings(caller.project, name, uid, wanted);
    if (isDryRun()) return { preview: await this.#preview(caller, name, wanted, warnings) };
    const request = { kind: SET_SSH_KEYS_KIND.kind, name, input: { uid, ...wanted }, warnings };
    return { operation: await this.work.begin(caller, request) };
  }

  #warnings({ namespace }: ProjectRef, name: string, uid: string, { user }: SshAccess): string[] {
    const guest = this.caches.guests.get(namespace, name);
    const before = this.caches.machines.get(namespace, name)?.ssh?.user;
    return [
      ...(before !== undefined && before !== user ? [`The keys of "${before}" stay in the guest.`] : []),
      ...(guest?.running && (!guest.keySecrets.includes(sshSecretName(name, uid)) || before !== user)
        ? ['The running guest takes this from its next start on; later changes reach it while it runs.']
        : []),
    ];
  }

  async #preview(
    { principal, project }: Caller,
    name: string,
    { user, keys }: SshAccess,
    warnings: string[],
  ): Promise<Preview> {
    const as = this.access.impersonationOf(principal, project);
    const body = { metadata: { annotations: { [SSH_ANNOTATION]: JSON.stringify({ user, keys }) } } };
    const patch = { type: 'merge' as const, body };
    await this.cluster.patch(VIRTUAL_MACHINE, project.namespace, name, patch, { as, dryRun: true });
    const effect = `It makes ${keys.length} keys those of the user "${user}" in the guest of "${name}".`;
    return { dryRun: true, manifests: [], warnings, effect };
  }
}
