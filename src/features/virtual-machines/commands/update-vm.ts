import { Injectable } from '@nestjs/common';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { exportManifest } from '../domain/exported-manifest.js';
import { vmBeingDeleted, vmNotFound, vmNoUserData } from '../domain/failures.js';
import type { ObservedMachine } from '../domain/observed.js';
import { type MachineChange, specifyChange, type UpdateBody } from '../domain/update-body.js';
import { UPDATE_KIND } from '../operation-kinds.js';
import type { Caller, Outcome } from './caller.js';
import { StartRules } from './start-rules.js';
import { TenantCluster } from './tenant-cluster.js';
import { isDryRun, Work } from './work.js';

/** Changes a virtual machine; what its guest sees only after a restart is shown as pendingChanges. */
@Injectable()
export class UpdateVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly catalog: CatalogContract,
    private readonly starting: StartRules,
    private readonly cluster: TenantCluster,
    private readonly work: Work,
  ) {}

  async execute(caller: Caller, name: string, body: UpdateBody): Promise<Outcome> {
    const { namespace } = caller.project;
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    if (machine.deleting) throw vmBeingDeleted();
    const change = specifyChange(body, machine);
    if (body.instanceType) this.catalog.requireInstanceType(body.instanceType, '/instanceType');
    // A run strategy is power by another name.
    if (change.starts) this.starting.check(caller, machine);
    if (change.stops) this.starting.require(caller, 'vms:stop');
    const secret = change.userData === null ? null : secretOf(machine);
    const running = this.caches.instances.get(namespace, name) !== undefined;
    const { patch, userData } = change;
    const request = { kind: UPDATE_KIND.kind, name, input: { uid: machine.uid, patch, secret, userData } };
    if (isDryRun()) {
      const near = await this.work.rehearse(caller, request);
      return this.#preview(caller, name, change, { running, warnings: [...near] });
    }
    return { operation: await this.work.begin(caller, request) };
  }

  async #preview(
    caller: Caller,
    name: string,
    change: MachineChange,
    { running, warnings }: { running: boolean; warnings: string[] },
  ): Promise<Outcome> {
    const changed = await this.cluster.wouldPatch(caller, name, change.patch);
    const { manifest } = exportManifest(changed, caller.project.namespace);
    const power = change.starts ? ' It starts the machine.' : change.stops ? ' It stops the machine.' : '';
    const restart = running && change.touchesRunning ? ' The guest may see it only after a restart.' : '';
    const effect = `It changes the virtual machine "${name}".${power}${restart}`;
    return { preview: { dryRun: true, manifests: [manifest], warnings, effect } };
  }
}

/** Only a secret of our own making is written to. */
function secretOf({ name, cloudInitSecret }: ObservedMachine): string {
  if (cloudInitSecret?.startsWith(`${name}-cloudinit-`)) return cloudInitSecret;
  throw vmNoUserData();
}
