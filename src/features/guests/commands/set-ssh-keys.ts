import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient, type ClusterObject } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { AccessContract } from '../../access/access.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { sshSecretName } from '../../virtual-machines/ssh-key.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { GuestCaches } from '../data/guest-caches.js';
import { SSH_ANNOTATION, type SshAccess, specifySshAccess } from '../domain/ssh-access.js';
import { BeginSshKeys, type Caller } from './begin-ssh-keys.js';

/** What would happen: the answer of a dry run. */
export interface Preview {
  dryRun: true;
  manifests: ClusterObject[];
  warnings: string[];
  effect: string;
}

export type Outcome = { operation: OperationView; preview?: undefined } | { preview: Preview };

/** Sets who gets into a guest: the guest agent writes the keys, also while it runs. */
@Injectable()
export class SetSshKeys {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: GuestCaches,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly begin: BeginSshKeys,
  ) {}

  /** Throws vm.not_found, request.invalid, operation.in_progress. */
  async execute(caller: Caller, name: string, body: SshAccess): Promise<Outcome> {
    const { uid } = this.machines.find(caller.project, name);
    const wanted = specifySshAccess(body);
    const warnings = this.#warnings(caller.project, name, uid, wanted);
    if (currentContext()?.dryRun) return { preview: await this.#preview(caller, name, wanted, warnings) };
    return { operation: await this.begin.operation(caller, name, { uid, ...wanted }, warnings) };
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
