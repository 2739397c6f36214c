import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_RESTORE } from '../../../platform/cluster/kinds.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { CLEAN_UP } from '../../snapshots/decisions.contract.js';
import { type NewIdentity, restorePatches } from '../../snapshots/new-identity.contract.js';
import { ObservedRestores } from '../../snapshots/observed-restores.contract.js';
import { Personalise } from '../../snapshots/personalise.contract.js';
import { SourceMachines } from '../../snapshots/source-machine.contract.js';
import { janitorOf } from '../../snapshots/tenant-asks.contract.js';
import { restoreNameTaken } from '../domain/restore-failures.js';
import { restoreName, restoreToNewInput } from '../domain/restore-input.js';
import { RESTORE_TO_NEW_KIND } from '../operation-kinds.js';
import { RestoreAsks } from './restore-asks.js';
import { nextOfRestoringToNew, type RestoringToNewObserved } from './restoring-to-new.js';

/** `vm.restore-to-new`: a machine from a snapshot, with its own MACs, hostname, firmware UUID and instance id. */
@Injectable()
export class RestoreToNew implements OperationMachine<RestoringToNewObserved> {
  readonly kind = RESTORE_TO_NEW_KIND.kind;

  constructor(
    private readonly machines: SourceMachines,
    private readonly restores: ObservedRestores,
    private readonly restoring: RestoreAsks,
    private readonly personalise: Personalise,
  ) {}

  observe(operation: OperationRecord): RestoringToNewObserved {
    const { project, target } = operation;
    const restore = this.restores.restore(project, restoreName(operation.id));
    return {
      machine: this.machines.machine(project, target.name),
      instance: this.machines.instance(project, target.name),
      restore: restore?.operationId === operation.id ? restore : undefined,
    };
  }

  next(operation: OperationRecord, observed: RestoringToNewObserved, now: Date) {
    return nextOfRestoringToNew(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step === CLEAN_UP) return this.#cleanUp(operation);
    return this.restoring.asks.run(operation, 'snapshots:restore', (as) => this.#ask(operation, step, as));
  }

  async #ask(operation: OperationRecord, step: string, as: Impersonation): Promise<Record<string, string>> {
    const { start } = restoreToNewInput(operation);
    const identity = identityOf(operation);
    switch (step) {
      case 'restore':
        return this.#restore(operation, identity, as);
      case 'personalise':
        return this.personalise.apply(operation, identity, as);
      case 'start': {
        const how = { name: identity.name, runStrategy: 'Always', start };
        await this.restoring.run(operation, how, as);
        return {};
      }
      default:
        return {};
    }
  }

  async #restore(
    operation: OperationRecord,
    identity: NewIdentity,
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const { snapshot } = restoreToNewInput(operation);
    const { namespace } = operation.project;
    // Asked and not watched: an earlier try may have made it a moment ago.
    const ours = await this.restoring.asks.find(
      VIRTUAL_MACHINE_RESTORE,
      namespace,
      restoreName(operation.id),
    );
    // KubeVirt would restore in place over a machine that has the name by now.
    if (!ours && (await this.restoring.asks.find(VIRTUAL_MACHINE, namespace, identity.name))) {
      throw restoreNameTaken(`A virtual machine "${identity.name}" was made in the meantime.`);
    }
    const spec = await this.restoring.snapshottedSpec(operation, snapshot);
    this.restoring.requireOpen(operation, snapshot, spec);
    const patches = restorePatches(spec, identity, operation.id);
    return this.restoring.create(operation, { target: identity.name, snapshot, patches }, as);
  }

  async #cleanUp(operation: OperationRecord): Promise<Record<string, string>> {
    await this.restoring.takeBackRestore(operation);
    await this.restoring.takeBackMachine(operation, operation.target.name, janitorOf(operation));
    return {};
  }
}

const identityOf = (operation: OperationRecord): NewIdentity => {
  const { newName, hostname, freshMacs } = restoreToNewInput(operation);
  return { name: newName, hostname, freshMacs };
};
