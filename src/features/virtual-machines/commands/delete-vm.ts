import { Injectable } from '@nestjs/common';
import { forbidden, requestInvalid } from '../../../kernel/failures.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { AssociatedCaches } from '../data/associated-views.js';
import { disksOf } from '../data/machine-associations.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { DeletionChoice } from '../domain/associated-resources.js';
import { vmDeleteProtected, vmNotFound } from '../domain/failures.js';
import type { ObservedMachine } from '../domain/observed.js';
import { kindOf, POWER_ACTIONS } from '../domain/power.js';
import { DELETE_KIND } from '../operation-kinds.js';
import type { Caller, Outcome } from './caller.js';
import { TenantCluster } from './tenant-cluster.js';
import { isDryRun, Work } from './work.js';

interface Fate {
  keepDisks: string[];
  snapshots: { name: string; uid: string }[];
}

/** Deletes a virtual machine, and of what belongs to it as much as was chosen. */
@Injectable()
export class DeleteVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly associated: AssociatedCaches,
    private readonly access: AccessPort,
    private readonly cluster: TenantCluster,
    private readonly work: Work,
  ) {}

  /** Throws vm.not_found, vm.delete_protected, request.invalid, auth.forbidden, operation.in_progress. */
  async execute(caller: Caller, name: string, choice: DeletionChoice = {}): Promise<Outcome> {
    const machine = this.caches.machines.get(caller.project.namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    if (machine.deleteProtection) throw vmDeleteProtected();
    const fate = this.#fate(caller, machine, choice);
    const { uid, ownDisks } = machine;
    if (isDryRun()) {
      await this.cluster.wouldDelete(caller, name);
      const effect = effectOf(machine, fate);
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const request = {
      kind: DELETE_KIND.kind,
      name,
      input: { uid, ownDisks, ...fate },
      // A machine that is to go need not first finish starting or stopping.
      supersedes: POWER_ACTIONS.map(kindOf),
    };
    return { operation: await this.work.begin(caller, request) };
  }

  #fate({ principal, project }: Caller, machine: ObservedMachine, choice: DeletionChoice): Fate {
    const known = new Set(disksOf(machine));
    const wanted = choice.keepDisks ?? [];
    const unknown = wanted.find((disk) => !known.has(disk));
    if (unknown !== undefined) {
      const message = `The virtual machine has no disk "${unknown}".`;
      throw requestInvalid(message, { errors: [{ pointer: '/keepDisk', code: 'unknown_disk', message }] });
    }
    const keepDisks =
      choice.disks === 'keep' ? machine.ownDisks : machine.ownDisks.filter((disk) => wanted.includes(disk));
    if (choice.snapshots !== 'delete') return { keepDisks, snapshots: [] };
    if (!this.access.allows(principal, 'snapshots:delete', project)) {
      throw forbidden('Deleting its snapshots as well needs the permission snapshots:delete.', {
        details: { permission: 'snapshots:delete' },
      });
    }
    const snapshots = this.associated.snapshotsOf(machine).map(({ name, uid }) => ({ name, uid }));
    return { keepDisks, snapshots };
  }
}

function effectOf({ name, ownDisks }: ObservedMachine, { keepDisks, snapshots }: Fate): string {
  const goes = ownDisks.filter((disk) => !keepDisks.includes(disk));
  const named = (names: readonly string[]) => names.join(', ') || 'none';
  return [
    `It deletes the virtual machine "${name}".`,
    `Disks that it deletes: ${named(goes)}; that were made with it and stay: ${named(keepDisks)}.`,
    `Snapshots that it deletes: ${named(snapshots.map((snapshot) => snapshot.name))}.`,
  ].join(' ');
}
