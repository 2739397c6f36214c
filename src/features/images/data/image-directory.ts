import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { entityTag } from '../../../platform/http/etag.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { imageAmbiguous, imageUnknown } from '../domain/failures.js';
import { type ImageView, imageView, isComplete } from '../domain/image-view.js';
import { IMAGES_NAMESPACE } from '../domain/names.js';
import type { ObservedImage } from '../domain/observed.js';
import { type BootSource, ImagesContract } from '../images.contract.js';
import { ImageCaches } from './image-caches.js';

export const IMAGE_TYPE = 'Image';

/** One image as it is answered; its own properties are the fields of GraphQL's type Image. */
export interface ImageRow extends ImageView {
  uid: string;
  etag: string;
  readonly namespace: string;
  readonly version: string;
  readonly view: ImageView;
}

/** Images as projects see them: their own by their namespace, shared ones by who shares them. */
@Injectable()
export class ImageDirectory extends ImagesContract {
  constructor(
    private readonly caches: ImageCaches,
    private readonly projects: ProjectDirectory,
  ) {
    super();
  }

  inProject({ namespace }: Pick<ProjectRef, 'namespace'>): ImageRow[] {
    return this.caches.images.inNamespace(namespace).flatMap((image) => this.#row(image) ?? []);
  }

  get(project: Pick<ProjectRef, 'namespace'>, name: string): ImageRow | null {
    const image = this.caches.images.get(project.namespace, name);
    return (image && this.#row(image)) ?? null;
  }

  /** What is shared, as far as somebody sees it, by project and name. */
  shared(sees: (row: ImageRow) => boolean): ImageRow[] {
    const rows = this.caches.images
      .inNamespace(IMAGES_NAMESPACE)
      .filter(({ visibility }) => visibility !== 'private')
      .flatMap((image) => this.#row(image) ?? [])
      .filter(sees);
    return rows.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  }

  byUid(uid: string): { row: ImageRow; image: ObservedImage } | null {
    for (const image of this.caches.images.all()) {
      const row = image.uid === uid ? this.#row(image) : undefined;
      if (row) return { row, image };
    }
    return null;
  }

  resolve(project: ProjectRef, reference: string, pointer: string): BootSource {
    const [first = '', second] = reference.split('/', 2);
    const name = second ?? first;
    const owner = second === undefined ? null : first;
    if (owner === null || owner === project.name) {
      const own = this.caches.images.get(project.namespace, name);
      if (own && !own.deleting) return this.#source(own, name);
    }
    const candidates = this.caches.images
      .by('image', `${IMAGES_NAMESPACE}/${name}`)
      .filter(({ deleting }) => !deleting)
      .flatMap((image) => {
        const from = this.projects.byNamespace(image.home);
        return from && (owner === null || from.name === owner) ? [{ image, from }] : [];
      });
    const ofTenant = candidates.filter(
      ({ image, from }) => image.visibility === 'tenant' && from.tenant === project.tenant,
    );
    const found =
      ofTenant.length > 0 ? ofTenant : candidates.filter(({ image }) => image.visibility === 'public');
    const [only, ...others] = found;
    if (!only) {
      const message = `There is no image "${reference.slice(0, 128)}" that this project may use.`;
      throw imageUnknown(message, { errors: [{ pointer, code: 'image.unknown', message }] });
    }
    if (others.length > 0) {
      const names = found.map(({ from }) => `${from.name}/${name}`).join(', ');
      const message = `"${name}" may mean ${names}.`;
      throw imageAmbiguous(message, { errors: [{ pointer, code: 'image.ambiguous', message }] });
    }
    return this.#source(only.image, `${only.from.name}/${name}`);
  }

  #source(image: ObservedImage, name: string): BootSource {
    const volume = this.caches.volumeOf(image);
    return {
      name,
      namespace: image.namespace,
      dataSource: image.name,
      size: image.size ?? volume?.size ?? null,
      defaultInstanceType: image.defaultInstanceType,
      defaultPreference: image.defaultPreference,
      ready: isComplete(image, volume),
    };
  }

  #row(image: ObservedImage): ImageRow | undefined {
    const owner = this.#owner(image);
    if (!owner) return undefined;
    const view = imageView(image, owner, {
      volume: this.caches.volumeOf(image),
      cron: this.caches.crons.get(image.namespace, image.name),
      published: image.namespace === IMAGES_NAMESPACE ? undefined : this.caches.published(image, image.image),
    });
    const version = createHash('sha1').update(JSON.stringify(view)).digest('base64url');
    return {
      ...view,
      id: toGlobalId(IMAGE_TYPE, image.uid),
      uid: image.uid,
      etag: entityTag(version),
      namespace: image.namespace,
      version,
      view,
    };
  }

  /** What is left of a project that is gone is nobody's, and shown to nobody. */
  #owner({ home }: ObservedImage): { project: string; tenant: string } | null {
    const own = this.projects.byNamespace(home);
    return own ? { project: own.name, tenant: own.tenant } : null;
  }
}

const sortKey = ({ project, name }: ImageRow): string => `${project}\0${name}`;
