import { Injectable } from '@nestjs/common';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, isDryRun, type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { SSH_ANNOTATION, type SshAccess } from '../../ssh-keys/ssh-access.contract.js';
import { MachineWork } from '../../virtual-machines/machine-work.contract.js';
import { SET_SSH_KEYS_KIND } from '../operation-kinds.js';
import { type SshWish, SshWishes } from './ssh-wishes.js';

/** Sets who gets into a guest: the guest agent writes the keys, also while it runs. */
@Injectable()
export class SetSshKeys {
  constructor(
    private readonly wishes: SshWishes,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly work: MachineWork,
  ) {}

  /** Throws vm.not_found, request.invalid, operation.in_progress. */
  async execute(caller: Caller, name: string, body: SshWish): Promise<Outcome> {
    const { uid, wanted, warnings } = await this.wishes.of(caller, name, body);
    if (isDryRun()) return { preview: await this.#preview(caller, name, wanted, warnings) };
    const request = { kind: SET_SSH_KEYS_KIND.kind, name, input: { uid, ...wanted }, warnings };
    return { operation: await this.work.begin(caller, request) };
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
