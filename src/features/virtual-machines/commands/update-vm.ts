import { Injectable } from '@nestjs/common';
import { type Caller, isDryRun, type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { bootOrderPatch } from '../domain/boot-order.js';
import { exportManifest } from '../domain/exported-manifest.js';
import { vmBeingDeleted, vmNotFound, vmNoUserData } from '../domain/failures.js';
import type { FieldChange, Growing } from '../domain/live-change.js';
import { merged } from '../domain/machine-features.js';
import type { ObservedMachine } from '../domain/observed.js';
import { type MachineChange, specifyChange, type UpdateBody } from '../domain/update-body.js';
import { MachineWork } from '../machine-work.contract.js';
import { UPDATE_KIND } from '../operation-kinds.js';
import { ChangeEffects } from './change-effects.js';
import { StartRules } from './start-rules.js';
import { TenantCluster } from './tenant-cluster.js';

/** A dry run tells of each field when the guest has it. */
export interface ChangePreview extends Preview {
  changes: FieldChange[];
}

/** Changes a virtual machine; what its guest sees only after a restart is shown as pendingChanges. */
@Injectable()
export class UpdateVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly effects: ChangeEffects,
    private readonly starting: StartRules,
    private readonly cluster: TenantCluster,
    private readonly work: MachineWork,
  ) {}

  async execute(caller: Caller, name: string, body: UpdateBody): Promise<Outcome<ChangePreview>> {
    const { namespace } = caller.project;
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    if (machine.deleting) throw vmBeingDeleted();
    const change = specifyChange(body, machine);
    this.cluster.requireOpen(body);
    const instance = this.caches.instances.get(namespace, name);
    const changes = await this.effects.of(body, machine, instance);
    // A run strategy is power by another name.
    if (change.starts) this.starting.check(caller, machine);
    if (change.stops) this.starting.require(caller, 'vms:stop');
    const secret = change.userData === null ? null : secretOf(machine);
    const { patch, userData, bootOrder } = change;
    const input = { uid: machine.uid, patch, secret, userData, bootOrder, grow: growthIn(changes) };
    const late = changes.filter(({ applies }) => applies === 'restart').map(toldLate);
    const request = { kind: UPDATE_KIND.kind, name, input, warnings: late };
    if (isDryRun()) {
      const near = await this.work.rehearse(caller, request);
      return this.#preview(caller, name, change, { changes, warnings: [...late, ...near] });
    }
    return { operation: await this.work.begin(caller, request) };
  }

  async #patch(caller: Caller, name: string, { patch, bootOrder }: MachineChange): Promise<object> {
    if (bootOrder === null) return patch;
    const { spec } = await this.cluster.machine(caller, name);
    return merged(patch, bootOrderPatch(spec, bootOrder)) as object;
  }

  async #preview(
    caller: Caller,
    name: string,
    change: MachineChange,
    { changes, warnings }: { changes: FieldChange[]; warnings: string[] },
  ): Promise<Outcome<ChangePreview>> {
    const changed = await this.cluster.wouldPatch(caller, name, await this.#patch(caller, name, change));
    const { manifest } = exportManifest(changed, caller.project.namespace);
    const power = change.starts ? ' It starts the machine.' : change.stops ? ' It stops the machine.' : '';
    const moves = changes.some(({ applies }) => applies === 'migration')
      ? ' The cluster moves it to another node for that, while it runs.'
      : '';
    const restart = changes.some(({ applies }) => applies === 'restart')
      ? ' The running guest has part of it only after a restart.'
      : '';
    const effect = `It changes the virtual machine "${name}".${power}${moves}${restart}`;
    return { preview: { dryRun: true, manifests: [manifest], warnings, effect, changes } };
  }
}

const toldLate = ({ field, reason }: FieldChange): string =>
  `${field} takes a restart. ${reason ?? ''}`.trim();

/** What the running guest shall have in the end; null where nothing of it grows. */
function growthIn(changes: readonly FieldChange[]): Growing | null {
  const to = (field: string) =>
    changes.find((one) => one.field === field && one.applies === 'migration')?.to ?? null;
  const [cpus, memory] = [to('cpus'), to('memory')];
  return cpus === null && memory === null ? null : { cpus: cpus === null ? null : Number(cpus), memory };
}

/** Only a secret of our own making is written to. */
function secretOf({ name, cloudInitSecret }: ObservedMachine): string {
  if (cloudInitSecret?.startsWith(`${name}-cloudinit-`)) return cloudInitSecret;
  throw vmNoUserData();
}
