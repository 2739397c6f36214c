import { Injectable } from '@nestjs/common';
import { ProjectDirectory } from '../../access/access.contract.js';
import { TRASH_LABEL, type TrashSetting } from '../../access/trash.contract.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { DeletionChoice } from '../domain/associated-resources.js';
import { vmDeleteProtected, vmNotFound } from '../domain/failures.js';
import type { ObservedMachine } from '../domain/observed.js';
import { kindOf, POWER_ACTIONS } from '../domain/power.js';
import { MachineWork } from '../machine-work.contract.js';
import { DELETE_KIND, TRASH_KIND } from '../operation-kinds.js';
import { DeletionFate, type Fate } from './deletion-fate.js';
import { TenantCluster } from './tenant-cluster.js';

/** A machine that is to go need not first finish starting or stopping. */
const SUPERSEDES = POWER_ACTIONS.map(kindOf);

/** Deletes a virtual machine, and of what belongs to it as much as was chosen; or puts it in the project's trash. */
@Injectable()
export class DeleteVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly fates: DeletionFate,
    private readonly projects: ProjectDirectory,
    private readonly cluster: TenantCluster,
    private readonly work: MachineWork,
  ) {}

  /** Throws vm.not_found, vm.delete_protected, request.invalid, auth.forbidden, operation.in_progress. */
  async execute(caller: Caller, name: string, choice: DeletionChoice = {}): Promise<Outcome> {
    const machine = this.caches.machines.get(caller.project.namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    if (machine.deleteProtection) throw vmDeleteProtected();
    const fate = this.fates.of(caller, machine, choice);
    const trash = choice.permanently ? null : this.projects.byId(caller.project.id)?.trash;
    return trash ? this.#toTrash(caller, machine, fate, trash) : this.#forGood(caller, machine, fate);
  }

  async #forGood(caller: Caller, machine: ObservedMachine, fate: Fate): Promise<Outcome> {
    const { name, uid, ownDisks } = machine;
    if (isDryRun()) {
      await this.cluster.wouldDelete(caller, name);
      return effect(`It deletes the virtual machine "${name}". ${effectOf(machine, fate)}`);
    }
    const input = { uid, ownDisks, ...fate };
    const request = { kind: DELETE_KIND.kind, name, input, supersedes: SUPERSEDES };
    return { operation: await this.work.begin(caller, request) };
  }

  async #toTrash(
    caller: Caller,
    machine: ObservedMachine,
    fate: Fate,
    { retentionSeconds }: TrashSetting,
  ): Promise<Outcome> {
    const { name, uid } = machine;
    if (isDryRun()) {
      await this.cluster.wouldPatch(caller, name, { metadata: { labels: { [TRASH_LABEL]: 'true' } } });
      const hours = Math.round(retentionSeconds / 360) / 10;
      return effect(
        `It stops the virtual machine "${name}" and puts it in the trash, from where it can be brought back for ${hours} hours. After that: ${effectOf(machine, fate)}`,
      );
    }
    const snapshots = fate.snapshots.map((snapshot) => snapshot.name);
    const input = { uid, retentionSeconds, keepDisks: fate.keepDisks, snapshots };
    const request = { kind: TRASH_KIND.kind, name, input, supersedes: SUPERSEDES };
    return { operation: await this.work.begin(caller, request) };
  }
}

const effect = (text: string): Outcome => ({
  preview: { dryRun: true, manifests: [], warnings: [], effect: text },
});

export function effectOf({ ownDisks }: ObservedMachine, { keepDisks, snapshots }: Fate): string {
  const goes = ownDisks.filter((disk) => !keepDisks.includes(disk));
  const named = (names: readonly string[]) => names.join(', ') || 'none';
  return [
    `Disks that it deletes: ${named(goes)}; that were made with it and stay: ${named(keepDisks)}.`,
    `Snapshots that it deletes: ${named(snapshots.map((snapshot) => snapshot.name))}.`,
  ].join(' ');
}
