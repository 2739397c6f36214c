import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { forbidden } from '../../../kernel/failures.js';
import type { Permission } from '../../../kernel/permission.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { DisksContract } from '../../disks/disks.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { disksOf } from '../data/machine-associations.js';
import { vmDiskCopied } from '../domain/failures.js';
import type { ObservedMachine } from '../domain/observed.js';

/** What a start, by whatever name, asks besides the state of the machine. */
@Injectable()
export class StartRules {
  constructor(
    private readonly access: AccessPort,
    private readonly disks: DisksContract,
  ) {}

  /** Power by another name. Throws auth.forbidden, vm.disk_copied. */
  check(caller: Caller, machine: ObservedMachine): void {
    this.require(caller, 'vms:start');
    const refusal = this.refusal(machine);
    if (refusal) throw refusal;
  }

  /** Throws auth.forbidden. */
  require({ principal, project }: Caller, permission: Permission): void {
    if (this.access.allows(principal, permission, project)) return;
    throw forbidden(`What it does to the run of the machine needs the permission ${permission}.`, {
      details: { permission },
    });
  }

  /**
   * CDI begins to copy a disk only while nobody writes to it, and does not look again: a machine that starts meanwhile
   * makes the copy neither the old state nor the new. So the start waits for the copy, not the copy for the start.
   */
  refusal(machine: ObservedMachine): Failure | null {
    for (const disk of disksOf(machine)) {
      const [copy] = this.disks.copiesInProgress(machine, disk);
      if (!copy) continue;
      const to = copy.namespace === machine.namespace ? `to "${copy.name}"` : 'into another project';
      return vmDiskCopied(`The disk "${disk}" is being copied ${to}.`);
    }
    return null;
  }
}
