import { Injectable } from '@nestjs/common';
import { Failure, toFailureRecord } from '../../../kernel/failure.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ClusterObject, Impersonation, ResourceKind } from '../../../platform/cluster/cluster-client.js';
import { CONFIG_MAP, DATA_VOLUME, SECRET } from '../../../platform/cluster/kinds.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { reachRegistry } from '../../../platform/import-policy/registry-url.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import type { ResolvedDisk } from '../domain/disk-body.js';
import { diskExists } from '../domain/disk-failures.js';
import { diskManifest } from '../domain/disk-manifest.js';
import { accessObjects } from '../domain/import-access.js';
import { ANNOTATION, importAccessName } from '../domain/names.js';
import { CREATE_DISK_KIND } from '../operation-kinds.js';
import { type DiskCreationObserved, diskOf, nextOfDiskCreation } from './disk-creation.js';
import { FillWatch } from './fill-watch.js';

/** `disk.create`: checks the source, makes the DataVolume, follows it until the disk is full or takes an upload. */
@Injectable()
export class CreateDiskMachine implements OperationMachine<DiskCreationObserved> {
  readonly kind = CREATE_DISK_KIND.kind;
  readonly compensating = ['clean-up'];

  constructor(
    private readonly caches: DiskCaches,
    private readonly asks: TenantAsks,
    private readonly importPolicy: ImportPolicy,
    private readonly watch: FillWatch,
  ) {}

  observe(operation: OperationRecord): DiskCreationObserved {
    const { id, target, project } = operation;
    const { namespace } = project;
    const { name } = target;
    const { source } = diskOf(operation);
    const dataVolume = this.caches.dataVolumes.get(namespace, name);
    const claim = this.caches.claims.get(namespace, name);
    const ours = dataVolume?.notes.operationId === id ? dataVolume : undefined;
    return {
      dataVolume: ours,
      claim: claim?.notes.operationId === id ? claim : undefined,
      movedAt: ours && this.watch.movedAt(ours.uid),
      sourceGone: 'disk' in source && !this.caches.claims.get(namespace, source.disk),
    };
  }

  next(operation: OperationRecord, observed: DiskCreationObserved, now: Date): Decision {
    return nextOfDiskCreation(operation, observed, now, this.watch.stallMs);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    switch (step) {
      case 'check-source':
        return this.#checkSource(diskOf(operation));
      case 'create-disk':
        // Nothing is made for an operation that is being given up.
        if (operation.cancelRequested) return { cancelled: 'true' };
        return this.asks.run(operation, 'disks:create', (as) => this.#create(operation, as));
      case 'drop-access':
        await this.#dropAccess(operation);
        return {};
      case 'clean-up':
        return this.#cleanUp(operation);
      default:
        return {};
    }
  }

  /** A source that does not answer is the caller's to mend: told at once, whatever kind of failure it is. */
  async #checkSource({ source, access }: ResolvedDisk): Promise<Record<string, string>> {
    try {
      if ('url' in source) {
        await this.importPolicy.check(source.url);
        await this.importPolicy.probe(source.url, access ?? {});
      }
      if ('registry' in source) await reachRegistry(this.importPolicy, source.registry, access ?? {});
      return {};
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('import.')) throw error;
      return { failed: JSON.stringify(toFailureRecord(error)) };
    }
  }

  async #create(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { id, requestId, requestedBy, project } = operation;
    const from = { namespace: project.namespace, operationId: id, requestId, requestedBy };
    const disk = diskOf(operation);
    const { secret, configMap } = accessObjects(disk, from);
    if (secret) await this.#createOnce(SECRET, secret, as);
    if (configMap) await this.#createOnce(CONFIG_MAP, configMap, as);
    const { uid = '' } = (await this.#createVolume(operation, diskManifest(disk, from), as)).metadata;
    const owner = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', name: disk.name, uid };
    const body = { metadata: { ownerReferences: [owner] } };
    // They go with the disk, should nobody come to drop them once it is filled.
    for (const [kind, object] of [[SECRET, secret] as const, [CONFIG_MAP, configMap] as const]) {
      const patch = { type: 'merge' as const, body };
      if (object) await this.asks.cluster.patch(kind, project.namespace, object.metadata.name, patch, { as });
    }
    return { uid };
  }

  async #createOnce(kind: ResourceKind, object: KubeObject, as: Impersonation): Promise<void> {
    try {
      await this.asks.cluster.create(kind, object.metadata.namespace ?? '', object, { as });
    } catch (error) {
      // Its name is this operation's own: it is from an earlier delivery of this job.
      if (!isCode(error, 'cluster.already_exists')) throw error;
    }
  }

  async #createVolume(
    { id, project, target }: OperationRecord,
    manifest: KubeObject,
    as: Impersonation,
  ): Promise<ClusterObject> {
    try {
      return await this.asks.cluster.create(DATA_VOLUME, project.namespace, manifest, { as });
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const present = await this.asks.find(DATA_VOLUME, project.namespace, target.name);
      if (!present) throw error;
      // An earlier delivery of this job made it.
      if (present.metadata.annotations?.[ANNOTATION.operationId] === id) return present;
      throw diskExists(`A disk "${target.name}" was made by someone else in the meantime.`);
    }
  }

  /** What the importer read is nobody's business any more. */
  async #dropAccess(operation: OperationRecord): Promise<void> {
    const { project, id } = operation;
    const { name, access } = diskOf(operation);
    const as = cleanerOf(project);
    for (const [kind, used] of [
      [SECRET, access?.credentials],
      [CONFIG_MAP, access?.certificates],
    ] as const) {
      if (!used) continue;
      await ignoringAbsence(
        this.asks.cluster.delete(kind, project.namespace, importAccessName(name, id), { as }),
      );
    }
  }

  /** Takes back what this operation made, and only that; the claim goes with its DataVolume. */
  async #cleanUp(operation: OperationRecord): Promise<Record<string, string>> {
    const { project, target, id } = operation;
    const as = cleanerOf(project);
    await this.#dropAccess(operation);
    const found = await this.asks.find(DATA_VOLUME, project.namespace, target.name);
    if (found?.metadata.annotations?.[ANNOTATION.operationId] !== id) return {};
    const options = { as, uid: found.metadata.uid, propagation: 'Background' as const };
    await ignoringAbsence(this.asks.cluster.delete(DATA_VOLUME, project.namespace, target.name, options));
    return {};
  }
}

/** In nobody's name but an editor's of the project: whoever began it may have lost their rights since. */
const cleanerOf = ({ name }: ProjectRef): Impersonation => ({
  user: 'virtgate:clean-up',
  groups: [`virtgate:project:${name}:editor`, 'system:authenticated'],
});

async function ignoringAbsence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, 'cluster.not_found')) throw error;
  }
}
