import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_SNAPSHOT } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { SnapshotCaches } from '../data/snapshot-caches.js';
import { CLEAN_UP } from '../decisions.contract.js';
import { snapshotExists, snapshotMachineGone } from '../domain/snapshot-failures.js';
import { CREATE_SNAPSHOT_KIND } from '../operation-kinds.js';
import { snapshotManifest } from '../snapshot-manifest.contract.js';
import { SourceMachines } from '../source-machine.contract.js';
import { janitorOf, ProtectionAsks } from '../tenant-asks.contract.js';
import { nextOfTaking, snapshotInput, type TakingObserved } from './taking.js';

/** `snapshot.create`: makes the VirtualMachineSnapshot and waits; on any failure nothing stays, least of all a freeze. */
@Injectable()
export class TakeSnapshot implements OperationMachine<TakingObserved> {
  readonly kind = CREATE_SNAPSHOT_KIND.kind;

  constructor(
    private readonly caches: SnapshotCaches,
    private readonly machines: SourceMachines,
    private readonly asks: ProtectionAsks,
  ) {}

  observe(operation: OperationRecord): TakingObserved {
    const { project, target } = operation;
    const snapshot = this.caches.snapshots.get(project.namespace, snapshotInput(operation).name);
    const instance = this.machines.instance(project, target.name);
    return {
      snapshot: snapshot?.operationId === operation.id ? snapshot : undefined,
      frozen: instance?.frozen === true && instance.alive,
    };
  }

  next(operation: OperationRecord, observed: TakingObserved, now: Date) {
    return nextOfTaking(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step === CLEAN_UP) return this.#cleanUp(operation);
    if (step !== 'create-snapshot') return {};
    return this.asks.run(operation, 'snapshots:create', (as) => this.#create(operation, as));
  }

  async #create(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const { name, uid, ...spec } = snapshotInput(operation);
    const machine = await this.asks.find(VIRTUAL_MACHINE, namespace, operation.target.name);
    if (machine?.metadata.uid !== uid) throw snapshotMachineGone();
    const manifest = snapshotManifest(
      { name, namespace, machine: operation.target.name, ...spec },
      operation,
    );
    const made = await this.asks.createOnce(VIRTUAL_MACHINE_SNAPSHOT, operation, manifest, as);
    if (!made) throw snapshotExists(`A snapshot "${name}" was made by someone else in the meantime.`);
    return { uid: made.metadata.uid ?? '' };
  }

  async #cleanUp(operation: OperationRecord): Promise<Record<string, string>> {
    await this.asks.takeBack(VIRTUAL_MACHINE_SNAPSHOT, operation, snapshotInput(operation).name);
    await this.#unfreeze(operation);
    return {};
  }

  /** KubeVirt thaws by itself when all goes well for it; a guest that nobody thaws hangs on its next write. */
  async #unfreeze(operation: OperationRecord): Promise<void> {
    const { project, target } = operation;
    const instance = this.machines.instance(project, target.name);
    if (!instance?.alive) return;
    try {
      await this.asks.cluster.subresource(
        project.namespace,
        'virtualmachineinstances',
        target.name,
        'unfreeze',
        { method: 'PUT', body: {}, as: janitorOf(operation) },
      );
    } catch (error) {
      // No agent, not running: nothing that could be frozen.
      const harmless = [
        'cluster.not_found',
        'cluster.state_conflict',
        'cluster.refused',
        'cluster.not_served',
      ];
      if (!isCode(error, ...harmless)) throw error;
      // Frozen, it cannot be left so: its agent comes back.
      if (instance.frozen && isCode(error, 'cluster.state_conflict')) {
        throw unavailable('The guest cannot be thawed yet.', { cause: error });
      }
    }
  }
}
