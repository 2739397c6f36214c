import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_SNAPSHOT } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { CLEAN_UP } from '../../snapshots/decisions.contract.js';
import { ObservedRestores } from '../../snapshots/observed-restores.contract.js';
import { DEFAULT_DEADLINE_SECONDS, snapshotManifest } from '../../snapshots/snapshot-manifest.contract.js';
import { SnapshotsContract } from '../../snapshots/snapshots.contract.js';
import { SourceMachines } from '../../snapshots/source-machine.contract.js';
import { janitorOf } from '../../snapshots/tenant-asks.contract.js';
import { restoreFailed, restoreVanished } from '../domain/restore-failures.js';
import { restoreInput, restoreName, safetySnapshotName, strategyAfter } from '../domain/restore-input.js';
import { RESTORE_KIND } from '../operation-kinds.js';
import { RestoreAsks } from './restore-asks.js';
import { nextOfRestoring, type RestoringObserved } from './restoring.js';

/** `vm.restore`: stops the machine, restores it in place, and lets it run again if it ran; also when it fails. */
@Injectable()
export class RestoreMachine implements OperationMachine<RestoringObserved> {
  readonly kind = RESTORE_KIND.kind;

  constructor(
    private readonly machines: SourceMachines,
    private readonly restores: ObservedRestores,
    private readonly snapshots: SnapshotsContract,
    private readonly restoring: RestoreAsks,
  ) {}

  observe(operation: OperationRecord): RestoringObserved {
    const { project, target } = operation;
    const machine = this.machines.machine(project, target.name);
    const restore = this.restores.restore(project, restoreName(operation.id));
    const safety = safetySnapshotName(target.name, operation.id);
    return {
      machine: machine?.uid === restoreInput(operation).uid ? machine : undefined,
      instance: this.machines.instance(project, target.name),
      restore: restore?.operationId === operation.id ? restore : undefined,
      safety: this.snapshots.of(project).find(({ name }) => name === safety),
    };
  }

  next(operation: OperationRecord, observed: RestoringObserved, now: Date) {
    return nextOfRestoring(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step === CLEAN_UP) return this.#cleanUp(operation);
    return this.restoring.asks.run(operation, 'snapshots:restore', (as) => this.#ask(operation, step, as));
  }

  async #ask(operation: OperationRecord, step: string, as: Impersonation): Promise<Record<string, string>> {
    const { snapshot, ran, uid } = restoreInput(operation);
    const { name } = operation.target;
    switch (step) {
      case 'stop':
        await this.#requireOpen(operation);
        return this.#stop(operation, as);
      case 'safety-snapshot':
        return this.#secure(operation, as);
      case 'restore':
        return this.restoring.create(operation, { target: name, snapshot, patches: [] }, as);
      case 'start': {
        const runStrategy = strategyAfter(restoreInput(operation));
        await this.restoring.run(operation, { name, runStrategy, start: ran, uid }, as);
        return {};
      }
      default:
        return {};
    }
  }

  /** Looked at before anything is stopped. */
  async #requireOpen(operation: OperationRecord): Promise<void> {
    const { asks } = this.restoring;
    const { snapshot } = restoreInput(operation);
    const present = await asks.find(VIRTUAL_MACHINE, operation.project.namespace, operation.target.name);
    if (!present) throw restoreVanished();
    const spec = await this.restoring.snapshottedSpec(operation, snapshot);
    this.restoring.requireOpen(operation, snapshot, spec, present);
  }

  async #stop(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { ran, force } = restoreInput(operation);
    // One that finished by itself and is still there would be in the way of the restore.
    if (!ran && !this.machines.instance(operation.project, operation.target.name)) return {};
    const { namespace } = operation.project;
    const request = { method: 'PUT' as const, body: force ? { gracePeriod: 0 } : {}, as };
    try {
      const { cluster } = this.restoring.asks;
      await cluster.subresource(namespace, 'virtualmachines', operation.target.name, 'stop', request);
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) throw restoreVanished();
      // It stopped meanwhile, or is on its way: the observer sees it gone, or gives up.
      if (!isCode(error, 'cluster.state_conflict')) throw error;
    }
    return {};
  }

  async #secure(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { project, target } = operation;
    const spec = {
      name: safetySnapshotName(target.name, operation.id),
      namespace: project.namespace,
      machine: target.name,
      labels: {},
      failureDeadlineSeconds: DEFAULT_DEADLINE_SECONDS,
    };
    const manifest = snapshotManifest(spec, operation);
    const made = await this.restoring.asks.createOnce(VIRTUAL_MACHINE_SNAPSHOT, operation, manifest, as);
    if (!made) throw restoreFailed('A snapshot with the name of the safety snapshot exists.');
    return {};
  }

  /** The machine is left as it was found: not restored, and running if it ran. */
  async #cleanUp(operation: OperationRecord): Promise<Record<string, string>> {
    await this.restoring.takeBackRestore(operation);
    const { project, target } = operation;
    const safety = safetySnapshotName(target.name, operation.id);
    const taken = this.snapshots.of(project).find(({ name }) => name === safety);
    // A good one is kept: it may be all that is left of the machine's last state.
    if (taken && !taken.ready) {
      await this.restoring.asks.takeBack(VIRTUAL_MACHINE_SNAPSHOT, operation, safety);
    }
    const { ran, uid } = restoreInput(operation);
    const runStrategy = strategyAfter(restoreInput(operation));
    try {
      await this.restoring.run(
        operation,
        { name: target.name, runStrategy, start: ran, uid },
        janitorOf(operation),
      );
    } catch (error) {
      if (!isCode(error, 'restore.vanished', 'cluster.not_found')) throw error;
    }
    return {};
  }
}
