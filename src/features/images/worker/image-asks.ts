import { Injectable } from '@nestjs/common';
import type { Impersonation, ResourceKind } from '../../../platform/cluster/cluster-client.js';
import { DATA_IMPORT_CRON, DATA_SOURCE, DATA_VOLUME } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { imageExists } from '../domain/failures.js';
import type { ImageSpec } from '../domain/image-body.js';
import {
  type ImagePlace,
  imageCron,
  imageDataSource,
  imageVolume,
  type ManifestObject,
  type Provenance,
  type VolumeSource,
} from '../domain/image-manifests.js';
import { ANNOTATION, LABEL } from '../domain/names.js';

const KINDS: Record<string, ResourceKind> = {
  DataSource: DATA_SOURCE,
  DataVolume: DATA_VOLUME,
  DataImportCron: DATA_IMPORT_CRON,
};

/** Makes and removes the objects that an image is made of, wherever it lies. Everything may be asked twice. */
@Injectable()
export class ImageAsks {
  constructor(
    readonly tenants: TenantAsks,
    private readonly caches: ImageCaches,
  ) {}

  /**
   * The DataSource, and what fills it: a DataVolume, or a DataImportCron. Throws image.exists where somebody else's
   * object has one of the names.
   */
  async bring(
    operation: OperationRecord,
    spec: ImageSpec,
    place: ImagePlace,
    source: VolumeSource,
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const from = provenanceOf(operation);
    const { schedule } = spec;
    const filler = schedule?.enabled
      ? imageCron({ ...spec, schedule }, place, from)
      : imageVolume(spec, place, source, from);
    // The name is taken by the DataSource: where that is somebody else's, nothing is made.
    const uid = await this.#ensure(operation, imageDataSource(spec, place, from), as);
    await this.#ensure(operation, filler, as);
    return { uid };
  }

  async ensureCron(
    operation: OperationRecord,
    spec: ImageSpec,
    place: ImagePlace,
    as: Impersonation,
  ): Promise<void> {
    const { schedule } = spec;
    if (!schedule?.enabled) {
      await this.#remove(DATA_IMPORT_CRON, place.namespace, place.name, as);
      return;
    }
    const cron = imageCron({ ...spec, schedule }, place, provenanceOf(operation));
    try {
      await this.tenants.cluster.create(DATA_IMPORT_CRON, place.namespace, cron, { as });
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const { schedule: cronText, importsToKeep } = cron.spec;
      const body = {
        metadata: { labels: cron.metadata.labels },
        spec: { schedule: cronText, importsToKeep },
      };
      const patch = { type: 'merge' as const, body };
      await this.tenants.cluster.patch(DATA_IMPORT_CRON, place.namespace, place.name, patch, { as });
    }
  }

  /** Everything of the image at that place; with an operation's id, only what that operation made. */
  async takeAway(place: ImagePlace, image: string, as: Impersonation, madeBy?: string): Promise<void> {
    const { namespace, name } = place;
    const ours = async (kind: ResourceKind, object: string): Promise<boolean> => {
      const found = await this.tenants.find(kind, namespace, object);
      if (!found) return false;
      if (madeBy !== undefined) return found.metadata.annotations?.[ANNOTATION.operationId] === madeBy;
      return found.metadata.labels?.[LABEL.image] === image || kind === DATA_SOURCE;
    };
    if (await ours(DATA_IMPORT_CRON, name)) {
      // Its imports go with it, snapshots that it keeps instead of volumes included.
      const body = { spec: { retentionPolicy: 'None' } };
      await ignoringAbsence(
        this.tenants.cluster.patch(DATA_IMPORT_CRON, namespace, name, { type: 'merge', body }, { as }),
      );
      await this.#remove(DATA_IMPORT_CRON, namespace, name, as);
    }
    if (await ours(DATA_SOURCE, name)) await this.#remove(DATA_SOURCE, namespace, name, as);
    const imports = this.caches.volumes
      .by('image', `${namespace}/${image}`)
      .filter(({ name: volume }) => volume.startsWith(`${name}-`) && namespace === place.namespace)
      .map(({ name: volume }) => volume);
    for (const volume of new Set([place.volume, ...imports])) {
      if (await ours(DATA_VOLUME, volume)) await this.#remove(DATA_VOLUME, namespace, volume, as);
    }
  }

  async #ensure(operation: OperationRecord, object: ManifestObject, as: Impersonation): Promise<string> {
    const kind = KINDS[object.kind ?? ''] ?? DATA_SOURCE;
    const { namespace = '', name } = object.metadata;
    try {
      const made = await this.tenants.cluster.create(kind, namespace, object, { as });
      return made.metadata.uid ?? '';
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const found = await this.tenants.find(kind, namespace, name);
      // It went in between: the next try makes it.
      if (!found) throw error;
      if (found.metadata.annotations?.[ANNOTATION.operationId] === operation.id)
        return found.metadata.uid ?? '';
      throw imageExists(`There is a ${object.kind} "${name}" already.`);
    }
  }

  #remove(kind: ResourceKind, namespace: string, name: string, as: Impersonation): Promise<void> {
    return ignoringAbsence(this.tenants.cluster.delete(kind, namespace, name, { as }));
  }
}

export const provenanceOf = ({ id, requestId, requestedBy }: OperationRecord): Provenance => ({
  operationId: id,
  requestId,
  requestedBy,
});

async function ignoringAbsence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, 'cluster.not_found')) throw error;
  }
}
