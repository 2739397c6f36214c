import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import { SnapshotCaches } from '../data/snapshot-caches.js';
import type { ObservedSnapshot } from '../domain/observed.js';
import { preflight } from '../domain/preflight.js';
import {
  snapshotExists,
  snapshotInUse,
  snapshotMachineGone,
  snapshotNotFound,
} from '../domain/snapshot-failures.js';
import {
  CREATE_SNAPSHOT_KIND,
  DELETE_SNAPSHOT_KIND,
  MACHINE_TARGET,
  SNAPSHOT_TARGET,
} from '../operation-kinds.js';
import { DEFAULT_DEADLINE_SECONDS } from '../snapshot-manifest.contract.js';
import { type SnapshotFacts, type SnapshotRequest, SnapshotsContract } from '../snapshots.contract.js';
import { SourceMachines } from '../source-machine.contract.js';

type Place = Pick<ProjectRef, 'namespace'>;

/** Begins what is done to snapshots; for this room's doors and for other rooms. */
@Injectable()
export class BeginSnapshots extends SnapshotsContract {
  constructor(
    private readonly caches: SnapshotCaches,
    private readonly machines: SourceMachines,
    private readonly operations: OperationsContract,
  ) {
    super();
  }

  async begin(tx: Tx, request: SnapshotRequest): Promise<OperationView> {
    const { principal, project, vm, name } = request;
    const startedAt = Date.now();
    const machine = this.machines.machine(project, vm);
    if (!machine || machine.deleting) throw snapshotMachineGone();
    const taken = this.caches.snapshots.get(project.namespace, name);
    const warnings = preflight(machine);
    const operation = await this.operations.begin(tx, {
      kind: CREATE_SNAPSHOT_KIND.kind,
      principal,
      project,
      target: { type: MACHINE_TARGET, name: vm },
      warnings,
      input: {
        name,
        uid: machine.uid,
        labels: request.labels ?? {},
        failureDeadlineSeconds: request.failureDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS,
      },
    });
    // The same request a second time, under the same idempotency key, meets its own snapshot.
    if (taken && Date.parse(operation.createdAt) >= startedAt) throw this.exists(name);
    return operation;
  }

  /** For a dry run: what the quota says to it. Returns warnings; throws quota.exceeded. */
  rehearse(project: ProjectRef, vm: string, name: string): Promise<readonly string[]> {
    const target = { type: MACHINE_TARGET, name: vm };
    return this.operations.rehearse({ kind: CREATE_SNAPSHOT_KIND.kind, project, target, input: { name } });
  }

  async beginDelete(
    tx: Tx,
    { principal, project, name }: { principal: Principal; project: ProjectRef; name: string },
  ): Promise<OperationView> {
    const { uid } = this.deletable(project, name);
    return this.operations.begin(tx, {
      kind: DELETE_SNAPSHOT_KIND.kind,
      principal,
      project,
      target: { type: SNAPSHOT_TARGET, name },
      input: { uid },
    });
  }

  of({ namespace }: Place): readonly SnapshotFacts[] {
    return this.caches.snapshots.inNamespace(namespace);
  }

  find(project: Place, name: string): ObservedSnapshot {
    const found = this.caches.snapshots.get(project.namespace, name);
    if (!found) throw snapshotNotFound(`There is no snapshot "${name}" in this project.`);
    return found;
  }

  onChange(listener: (namespace: string, name: string, machine: string) => void): () => void {
    return this.caches.snapshots.onChange(({ view }) =>
      listener(view.namespace, view.name, view.virtualMachine),
    );
  }

  exists(name: string) {
    return snapshotExists(`There is a snapshot "${name}" in this project.`);
  }

  /** Throws snapshot.not_found, snapshot.in_use. */
  deletable(project: Place, name: string): ObservedSnapshot {
    const found = this.find(project, name);
    const restore = this.caches.restores
      .by('snapshot', `${project.namespace}/${name}`)
      .find(({ complete, deleting, error }) => !complete && !deleting && error === null);
    if (restore) {
      throw snapshotInUse(`The snapshot "${name}" is being restored to "${restore.target}".`, {
        details: { virtualMachine: restore.target },
      });
    }
    return found;
  }
}
