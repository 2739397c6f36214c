import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { DATA_SOURCE } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { imageNotFound, imageVanished } from '../domain/failures.js';
import type { ImageSpec, Visibility } from '../domain/image-body.js';
import { defaultsLabels, type ImagePlace, privatePlace, publicPlace } from '../domain/image-manifests.js';
import { ANNOTATION, LABEL } from '../domain/names.js';
import type { ObservedImage } from '../domain/observed.js';
import { UPDATE_IMAGE_KIND } from '../operation-kinds.js';
import { ImageAsks } from './image-asks.js';
import { asKeeper } from './publisher.js';

export interface UpdateImageInput {
  uid: string;
  /** As the image shall be. */
  spec: ImageSpec;
  /** Of the copy that others see; null where there is none. */
  published: Visibility | null;
}

const inputOf = (operation: OperationRecord): UpdateImageInput =>
  operation.input as unknown as UpdateImageInput;

/** How long the watch may lag behind what was asked. */
const SETTLE_LIMIT_MS = 15_000;

/** `image.update`: words, defaults and schedule, of the image and of the copy that others see. */
@Injectable()
export class UpdateImageMachine implements OperationMachine<ObservedImage | undefined> {
  readonly kind = UPDATE_IMAGE_KIND.kind;

  constructor(
    private readonly caches: ImageCaches,
    private readonly asks: ImageAsks,
  ) {}

  observe({ project, target }: OperationRecord): ObservedImage | undefined {
    return this.caches.images.get(project.namespace, target.name);
  }

  next(operation: OperationRecord, image: ObservedImage | undefined, now: Date): Decision {
    const asked = operation.asked.apply;
    if (!asked) return { do: 'wait', step: 'apply' };
    if (asked.refusal) return fail(asked.refusal);
    const { uid } = inputOf(operation);
    if (image?.uid !== uid) return fail(failureRecord(imageVanished));
    const late = sinceAsked(operation, 'apply', now) > SETTLE_LIMIT_MS;
    if (image.operationId !== operation.id && !late) return { do: 'wait', step: 'settle', recheckMs: 2000 };
    return { do: 'succeed', result: { id: uid, name: image.image } };
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'apply') return Promise.resolve({});
    const { spec, published } = inputOf(operation);
    const { project } = operation;
    return this.asks.tenants.run(operation, 'images:update', async (as) => {
      await this.#apply(operation, privatePlace(project, spec.name), as);
      if (published) await this.#apply(operation, publicPlace(project, spec.name, published), asKeeper(as));
      return {};
    });
  }

  async #apply(operation: OperationRecord, place: ImagePlace, as: Impersonation): Promise<void> {
    const { spec } = inputOf(operation);
    const body = {
      metadata: {
        labels: {
          [LABEL.image]: spec.name,
          [LABEL.defaultInstanceType]: null,
          [LABEL.defaultInstanceTypeKind]: null,
          [LABEL.defaultPreference]: null,
          [LABEL.defaultPreferenceKind]: null,
          ...defaultsLabels(spec),
          [LABEL.cron]: spec.schedule ? place.name : null,
        },
        annotations: {
          [ANNOTATION.requestId]: operation.requestId,
          [ANNOTATION.operationId]: operation.id,
          [ANNOTATION.displayName]: spec.displayName,
          [ANNOTATION.os]: spec.os,
          [ANNOTATION.schedule]: spec.schedule && JSON.stringify(spec.schedule),
        },
      },
    };
    try {
      const patch = { type: 'merge' as const, body };
      await this.asks.tenants.cluster.patch(DATA_SOURCE, place.namespace, place.name, patch, { as });
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) throw imageNotFound();
      throw error;
    }
    await this.asks.ensureCron(operation, spec, place, as);
  }
}
