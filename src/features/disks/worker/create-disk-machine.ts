import { Injectable } from '@nestjs/common';
import { Failure, toFailureRecord } from '../../../kernel/failure.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { DATA_VOLUME } from '../../../platform/cluster/kinds.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { checkRegistryUrl } from '../../../platform/import-policy/registry-url.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import type { DiskSource } from '../domain/disk-body.js';
import { diskExists } from '../domain/disk-failures.js';
import { diskManifest } from '../domain/disk-manifest.js';
import { ANNOTATION } from '../domain/names.js';
import { CREATE_DISK_KIND } from '../operation-kinds.js';
import { type DiskCreationObserved, diskOf, nextOfDiskCreation } from './disk-creation.js';
import { FillWatch } from './fill-watch.js';

/** `disk.create`: checks the source, makes the DataVolume, follows it until the disk is full or takes an upload. */
@Injectable()
export class CreateDiskMachine implements OperationMachine<DiskCreationObserved> {
  readonly kind = CREATE_DISK_KIND.kind;
  readonly queue = CREATE_DISK_KIND.queue;
  readonly steps = CREATE_DISK_KIND.steps;
  readonly cancellable = CREATE_DISK_KIND.cancellable;

  constructor(
    private readonly caches: DiskCaches,
    private readonly asks: TenantAsks,
    private readonly importPolicy: ImportPolicy,
    private readonly watch: FillWatch,
  ) {}

  observe({ project: { namespace }, target: { name }, id }: OperationRecord): DiskCreationObserved {
    const dataVolume = this.caches.dataVolumes.get(namespace, name);
    const claim = this.caches.claims.get(namespace, name);
    const ours = dataVolume?.notes.operationId === id ? dataVolume : undefined;
    return {
      dataVolume: ours,
      claim: claim?.notes.operationId === id ? claim : undefined,
      movedAt: ours && this.watch.movedAt(ours.uid),
    };
  }

  next(operation: OperationRecord, observed: DiskCreationObserved, now: Date): Decision {
    return nextOfDiskCreation(operation, observed, now, this.watch.stallMs);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    switch (step) {
      case 'check-source':
        return this.#checkSource(diskOf(operation).source);
      case 'create-disk':
        // Nothing is made for an operation that is being given up.
        if (operation.cancelRequested) return { cancelled: 'true' };
        return this.asks.run(operation, 'disks:create', (as) => this.#create(operation, as));
      case 'clean-up':
        return this.#cleanUp(operation);
      default:
        return {};
    }
  }

  /** A source that does not answer is the caller's to mend: told at once, whatever kind of failure it is. */
  async #checkSource(source: DiskSource): Promise<Record<string, string>> {
    try {
      if ('url' in source) {
        await this.importPolicy.check(source.url);
        await this.importPolicy.probe(source.url);
      }
      if ('registry' in source) await checkRegistryUrl(this.importPolicy, source.registry);
      return {};
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('import.')) throw error;
      return { failed: JSON.stringify(toFailureRecord(error)) };
    }
  }

  async #create(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { id, requestId, requestedBy, project } = operation;
    const from = { namespace: project.namespace, operationId: id, requestId, requestedBy };
    try {
      const made = await this.asks.cluster.create(
        DATA_VOLUME,
        project.namespace,
        diskManifest(diskOf(operation), from),
        { as },
      );
      return { uid: made.metadata.uid ?? '' };
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const present = await this.asks.find(DATA_VOLUME, project.namespace, operation.target.name);
      if (!present) throw error;
      // An earlier delivery of this job made it.
      if (present.metadata.annotations?.[ANNOTATION.operationId] === id) {
        return { uid: present.metadata.uid ?? '' };
      }
      throw diskExists(`A disk "${operation.target.name}" was made by someone else in the meantime.`);
    }
  }

  /**
   * Takes back what this operation made, and only that; the claim goes with its DataVolume. In nobody's name but an
   * editor's of the project: whoever began it may have lost their rights since.
   */
  async #cleanUp({ project, target, id }: OperationRecord): Promise<Record<string, string>> {
    const as = {
      user: 'virtgate:clean-up',
      groups: [`virtgate:project:${project.name}:editor`, 'system:authenticated'],
    };
    const found = await this.asks.find(DATA_VOLUME, project.namespace, target.name);
    if (found?.metadata.annotations?.[ANNOTATION.operationId] !== id) return {};
    try {
      const options = { as, uid: found.metadata.uid, propagation: 'Background' as const };
      await this.asks.cluster.delete(DATA_VOLUME, project.namespace, target.name, options);
    } catch (error) {
      if (!isCode(error, 'cluster.not_found')) throw error;
    }
    return {};
  }
}
