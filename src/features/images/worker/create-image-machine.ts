import { Injectable } from '@nestjs/common';
import { Failure, type FailureRecord, toFailureRecord } from '../../../kernel/failure.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { checkRegistryUrl } from '../../../platform/import-policy/registry-url.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import type { ImageSource } from '../domain/image-body.js';
import { privatePlace } from '../domain/image-manifests.js';
import type { ObservedImage } from '../domain/observed.js';
import { CREATE_IMAGE_KIND } from '../operation-kinds.js';
import { ImageAsks } from './image-asks.js';
import { type ImageCreationObserved, imageSpecOf, nextOfImageCreation } from './image-creation.js';
import { ImageGrowth } from './image-growth.js';
import { Publisher } from './publisher.js';

/** `image.create`: checks the source, makes DataSource and DataVolume, follows the import, shares if so wanted. */
@Injectable()
export class CreateImageMachine implements OperationMachine<ImageCreationObserved> {
  readonly kind = CREATE_IMAGE_KIND.kind;

  constructor(
    private readonly caches: ImageCaches,
    private readonly asks: ImageAsks,
    private readonly publisher: Publisher,
    private readonly importPolicy: ImportPolicy,
    private readonly moves: ImageGrowth,
  ) {}

  observe({ project, target, id }: OperationRecord): ImageCreationObserved {
    const image = this.caches.images.get(project.namespace, target.name);
    const ours = image?.operationId === id ? image : undefined;
    const volume = ours
      ? this.caches.volumeOf(ours)
      : this.caches.volumes.get(project.namespace, privatePlace(project, target.name).volume);
    const published = this.caches.published(project, target.name);
    const copy = published && this.caches.volumeOf(published);
    const unseen = ({ namespace, name }: ObservedImage) =>
      this.caches.crons.get(namespace, name)?.unseen ?? null;
    return {
      image: ours,
      volume,
      movedAt: this.moves.movedAt(volume?.uid),
      unseen: ours ? unseen(ours) : null,
      published,
      copy,
      copyMovedAt: this.moves.movedAt(copy?.uid),
      copyUnseen: published ? unseen(published) : null,
    };
  }

  next(operation: OperationRecord, observed: ImageCreationObserved, now: Date): Decision {
    return nextOfImageCreation(operation, observed, now, this.moves.stallMs);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    const spec = imageSpecOf(operation);
    const { project, target } = operation;
    const place = privatePlace(project, target.name);
    switch (step) {
      case 'check-source':
        return this.#checkSource(spec.source);
      case 'create-image':
        // Nothing is made for an operation that is being given up.
        if (operation.cancelRequested) return { cancelled: 'true' };
        return this.asks.tenants.run(operation, 'images:create', (as) =>
          this.asks.bring(operation, spec, place, spec.source, as),
        );
      case 'publish':
        return this.asks.tenants.run(operation, 'images:share', (as) =>
          this.publisher.publish(operation, spec, spec.visibility, as),
        );
      case 'withdraw':
        await this.publisher.withdraw(project, target.name);
        return {};
      case 'clean-up': {
        // Whoever began it may have lost their rights since, and nothing half-made may stay.
        const as = { user: 'virtgate:clean-up', groups: [`virtgate:project:${project.name}:editor`] };
        await this.asks.takeAway(place, target.name, as, operation.id);
        return {};
      }
      default:
        return {};
    }
  }

  /** A source that does not answer is the caller's to mend: told at once, whatever kind of failure it is. */
  async #checkSource(source: ImageSource): Promise<Record<string, string>> {
    try {
      if ('registry' in source) await checkRegistryUrl(this.importPolicy, source.registry);
      if (!('url' in source)) return {};
      await this.importPolicy.check(source.url);
      const found = await this.importPolicy.probe(source.url);
      return { contentLength: String(found.contentLength ?? '') };
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('import.')) throw error;
      return { failed: JSON.stringify(toFailureRecord(error) satisfies FailureRecord) };
    }
  }
}
