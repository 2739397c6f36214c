import { Injectable } from '@nestjs/common';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { imageBeingDeleted, imageNotFound, imageNotReady } from '../domain/failures.js';
import type { ImageSource, ImageSpec, UpdateImageBody, Visibility } from '../domain/image-body.js';
import { isComplete } from '../domain/image-view.js';
import type { ObservedImage } from '../domain/observed.js';
import { specifyImageChange } from '../domain/specify-image.js';
import { DELETE_IMAGE_KIND, SHARE_IMAGE_KIND, UPDATE_IMAGE_KIND } from '../operation-kinds.js';
import { ImageChecks } from './image-checks.js';
import { preview } from './image-previews.js';
import { ImageWork } from './image-work.js';

/** Changes, shares and deletes the images of a project. */
@Injectable()
export class ChangeImage {
  constructor(
    private readonly caches: ImageCaches,
    private readonly checks: ImageChecks,
    private readonly work: ImageWork,
  ) {}

  async update(caller: Caller, name: string, body: UpdateImageBody): Promise<Outcome> {
    const image = this.#present(caller, name);
    const spec = this.#specOf(image);
    const fromRegistry = 'registry' in spec.source;
    const change = specifyImageChange(body, { schedule: spec.schedule, fromRegistry });
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const wanted: ImageSpec = { ...spec, ...given };
    this.checks.defaults(wanted);
    if (wanted.schedule?.enabled) await this.checks.source(wanted);
    const published = this.#published(caller, name);
    // What others see changes as well.
    if (published) this.checks.mayShare(caller);
    if (isDryRun()) return preview(`It changes ${Object.keys(given).join(', ')} of the image "${name}".`);
    const input = { uid: image.uid, spec: wanted, published: published?.visibility ?? null };
    return { operation: await this.work.begin(caller, { kind: UPDATE_IMAGE_KIND.kind, name, input }) };
  }

  async share(caller: Caller, name: string, visibility: Visibility): Promise<Outcome> {
    const image = this.#present(caller, name);
    const complete = isComplete(image, this.caches.volumeOf(image));
    const refusal = visibility !== 'private' && !complete ? imageNotReady() : null;
    if (isDryRun()) {
      if (refusal) throw refusal;
      const audience = { private: 'this project alone', tenant: 'its tenant', public: 'everybody' }[
        visibility
      ];
      return preview(`It lets ${audience} use the image "${name}".`);
    }
    const input = { visibility, spec: this.#specOf(image) };
    return {
      operation: await this.work.begin(caller, { kind: SHARE_IMAGE_KIND.kind, name, input }, refusal),
    };
  }

  async delete(caller: Caller, name: string): Promise<Outcome> {
    const image = this.#present(caller, name);
    const published = this.#published(caller, name);
    if (published) this.checks.mayShare(caller);
    if (isDryRun()) {
      const copy = published ? ' and the copy that others see' : '';
      return preview(`It deletes the image "${name}"${copy}. Machines made of it stay.`);
    }
    return {
      operation: await this.work.begin(caller, {
        kind: DELETE_IMAGE_KIND.kind,
        name,
        input: { uid: image.uid },
      }),
    };
  }

  #present({ project }: Caller, name: string): ObservedImage {
    const image = this.caches.images.get(project.namespace, name);
    if (!image) throw imageNotFound(`There is no image "${name.slice(0, 128)}" in this project.`);
    if (image.deleting) throw imageBeingDeleted();
    return image;
  }

  #published({ project }: Caller, name: string): ObservedImage | undefined {
    return this.caches.published(project, name);
  }

  /** As it would be asked for now. An address was kept without its query, so only a registry's is good for asking. */
  #specOf(image: ObservedImage): ImageSpec {
    const volume = this.caches.volumeOf(image);
    const { type, reference } = image.source ?? {};
    const source: ImageSource =
      type === 'registry' && reference ? { registry: reference } : { disk: image.holds?.name ?? image.name };
    return {
      name: image.image,
      displayName: image.displayName,
      source,
      size: image.size ?? volume?.size ?? '10Gi',
      storageClass: null,
      os: image.os,
      defaultInstanceType: image.defaultInstanceType,
      defaultPreference: image.defaultPreference,
      visibility: image.visibility,
      schedule: image.schedule,
    };
  }
}
