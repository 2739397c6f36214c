import { Injectable } from '@nestjs/common';
import { forbidden, requestInvalid } from '../../../kernel/failures.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { AssociatedCaches } from '../data/associated-views.js';
import { disksOf } from '../data/machine-associations.js';
import type { DeletionChoice } from '../domain/associated-resources.js';
import type { ObservedMachine } from '../domain/observed.js';

/** What becomes of what belongs to a machine. */
export interface Fate {
  /** Own disks that stay. */
  keepDisks: string[];
  /** Snapshots that go along. */
  snapshots: { name: string; uid: string }[];
}

/** Checks the choice of a deletion against what there is, and against the caller's rights. */
@Injectable()
export class DeletionFate {
  constructor(
    private readonly associated: AssociatedCaches,
    private readonly access: AccessPort,
  ) {}

  /** Throws request.invalid for a disk or snapshot that is not the machine's, auth.forbidden. */
  of(caller: Caller, machine: ObservedMachine, choice: DeletionChoice): Fate {
    const known = new Set(disksOf(machine));
    const kept = choice.keepDisks ?? [];
    refuseUnknown(kept, known, '/keepDisks', 'disk');
    const keepDisks =
      choice.disks === 'keep' ? machine.ownDisks : machine.ownDisks.filter((disk) => kept.includes(disk));
    const snapshots = this.associated.snapshotsOf(machine).map(({ name, uid }) => ({ name, uid }));
    const chosen = choice.deleteSnapshots ?? [];
    refuseUnknown(chosen, new Set(snapshots.map(({ name }) => name)), '/deleteSnapshots', 'snapshot');
    const going =
      choice.snapshots === 'delete' ? snapshots : snapshots.filter(({ name }) => chosen.includes(name));
    if (going.length > 0 || choice.snapshots === 'delete') this.requireSnapshots(caller);
    return { keepDisks, snapshots: going };
  }

  /** Of those snapshots, by name, what is still there. */
  stillThere(machine: ObservedMachine, names: readonly string[]): Fate['snapshots'] {
    return this.associated
      .snapshotsOf(machine)
      .filter(({ name }) => names.includes(name))
      .map(({ name, uid }) => ({ name, uid }));
  }

  /** Throws auth.forbidden. */
  requireSnapshots({ principal, project }: Caller): void {
    if (this.access.allows(principal, 'snapshots:delete', project)) return;
    throw forbidden('Deleting its snapshots as well needs the permission snapshots:delete.', {
      details: { permission: 'snapshots:delete' },
    });
  }
}

function refuseUnknown(
  names: readonly string[],
  known: ReadonlySet<string>,
  pointer: string,
  noun: string,
): void {
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const message = `The virtual machine has no ${noun} "${unknown}".`;
  throw requestInvalid(message, { errors: [{ pointer, code: `unknown_${noun}`, message }] });
}
