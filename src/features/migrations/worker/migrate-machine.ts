import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import { unavailable } from '../../../kernel/failures.js';
import type { ClusterObject, Impersonation } from '../../../platform/cluster/cluster-client.js';
import {
  VIRTUAL_MACHINE_INSTANCE,
  VIRTUAL_MACHINE_INSTANCE_MIGRATION,
} from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { MigrationCaches } from '../data/migration-caches.js';
import { clusterSaid } from '../domain/cluster-said.js';
import { migrationVmStopped } from '../domain/failures.js';
import { ANNOTATION, migrationManifest, migrationName } from '../domain/migration-manifest.js';
import { reasonOf, transferOf } from '../domain/migration-view.js';
import { ABORT, MIGRATE_KIND } from '../operation-kinds.js';
import { type MigratingObserved, migrateInput, nextOfMigrating } from './migrating.js';

/** `vm.migrate`: makes the VirtualMachineInstanceMigration and follows it; a cancel deletes it. */
@Injectable()
export class MigrateMachine implements OperationMachine<MigratingObserved> {
  readonly kind = MIGRATE_KIND.kind;
  readonly compensating = [ABORT];

  constructor(
    private readonly caches: MigrationCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe({ id, project: { namespace }, target: { name } }: OperationRecord): MigratingObserved {
    const found = this.caches.migrations.get(namespace, migrationName(id));
    const migration = found?.operationId === id ? found : undefined;
    const instance = this.caches.instances.get(namespace, name);
    const events = migration ? this.caches.eventsOf(migration) : [];
    const reason = migration ? reasonOf(migration, transferOf(migration, instance), events) : null;
    return { migration, instance, reason };
  }

  next(operation: OperationRecord, observed: MigratingObserved, now: Date) {
    return nextOfMigrating(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step === ABORT) return this.asks.runForVirtgate(operation, (as) => this.#abort(operation, as));
    if (step !== 'scheduling') return {};
    return this.asks.run(operation, 'vms:migrate', (as) => this.#begin(operation, as));
  }

  async #begin(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const { instanceUid, nodeHostname } = migrateInput(operation);
    const machine = operation.target.name;
    // Asked and not watched: an earlier try may have made it a moment ago.
    const present = await this.#own(operation);
    if (present) return notesOf(present);
    const instance = await this.asks.find(VIRTUAL_MACHINE_INSTANCE, namespace, machine);
    if (instance?.metadata.uid !== instanceUid) throw migrationVmStopped();
    const manifest = migrationManifest(operation, { machine, nodeHostname });
    try {
      const kind = VIRTUAL_MACHINE_INSTANCE_MIGRATION;
      return notesOf(await this.asks.cluster.create(kind, namespace, manifest, { as }));
    } catch (error) {
      if (isCode(error, 'cluster.already_exists')) {
        const made = await this.#own(operation);
        if (made) return notesOf(made);
        throw unavailable(error.message, { cause: error });
      }
      throw error instanceof Failure ? clusterSaid(error) : error;
    }
  }

  /** In nobody's name: whoever began it may have lost their rights, and no migration may go on that nobody wants. */
  async #abort(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const present = await this.#own(operation);
    if (!present) return {};
    try {
      const { namespace, name, uid } = present.metadata;
      const kind = VIRTUAL_MACHINE_INSTANCE_MIGRATION;
      await this.asks.cluster.delete(kind, namespace ?? '', name, { as, uid });
    } catch (error) {
      if (!isCode(error, 'cluster.not_found')) throw error;
    }
    return notesOf(present);
  }

  async #own({ id, project: { namespace } }: OperationRecord): Promise<ClusterObject | null> {
    const found = await this.asks.find(VIRTUAL_MACHINE_INSTANCE_MIGRATION, namespace, migrationName(id));
    return found?.metadata.annotations?.[ANNOTATION.operationId] === id ? found : null;
  }
}

const notesOf = ({ metadata }: ClusterObject): Record<string, string> => ({ uid: metadata.uid ?? '' });
