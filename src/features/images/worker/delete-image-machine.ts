import { Injectable } from '@nestjs/common';
import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { imageDeleteTimeout } from '../domain/failures.js';
import { privatePlace } from '../domain/image-manifests.js';
import { DELETE_IMAGE_KIND } from '../operation-kinds.js';
import { ImageAsks } from './image-asks.js';
import { Publisher } from './publisher.js';

/** What is left of an image, in words. */
type Leftovers = readonly string[];

const GONE_LIMIT_MS = 10 * 60_000;

/** `image.delete`: the copy that others see first, so that nobody begins with what is going. */
@Injectable()
export class DeleteImageMachine implements OperationMachine<Leftovers> {
  readonly kind = DELETE_IMAGE_KIND.kind;

  constructor(
    private readonly caches: ImageCaches,
    private readonly asks: ImageAsks,
    private readonly publisher: Publisher,
  ) {}

  observe({ project, target: { name } }: OperationRecord): Leftovers {
    const image = this.caches.images.get(project.namespace, name);
    const volumes = this.caches.volumes.by('image', `${project.namespace}/${name}`);
    return [
      ...(image ? ['the image'] : []),
      ...volumes.map((volume) => `volume ${volume.name}`),
      ...(this.caches.published(project, name) ? ['its shared copy'] : []),
    ];
  }

  next(operation: OperationRecord, left: Leftovers, now: Date): Decision {
    return nextOfImageDeletion(operation, left, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    const { project, target } = operation;
    return this.asks.tenants.run(operation, 'images:delete', async (as) => {
      if (step === 'withdraw') await this.publisher.withdraw(project, target.name);
      else await this.asks.takeAway(privatePlace(project, target.name), target.name, as);
      return {};
    });
  }
}

/** The decision of `image.delete`. Pure. */
export function nextOfImageDeletion(operation: OperationRecord, left: Leftovers, now: Date): Decision {
  const withdrawn = operation.asked.withdraw;
  if (!withdrawn) return { do: 'wait', step: 'withdraw' };
  if (withdrawn.refusal) return fail(withdrawn.refusal);
  if (!isRequested(operation, 'delete-image')) return { do: 'act', step: 'delete-image', progress: 30 };
  const deleted = operation.asked['delete-image'];
  if (!deleted) return { do: 'wait', step: 'delete-image' };
  if (deleted.refusal) return fail(deleted.refusal);
  if (left.length === 0) return { do: 'succeed' };
  const message = `Waiting for ${left.join(', ')}`;
  if (sinceAsked(operation, 'delete-image', now) > GONE_LIMIT_MS) {
    return fail(failureRecord(imageDeleteTimeout, `${message}.`));
  }
  return { do: 'wait', step: 'wait-gone', progress: 60, message, recheckMs: 2000 };
}
