import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { IMAGES_NAMESPACE, publishedName } from '../domain/names.js';
import type { ObservedImage, ObservedImageCron, ObservedImageVolume } from '../domain/observed.js';
import { imageCronViews, imageViews, imageVolumeViews } from './image-cluster-views.js';

/** The live copies of everything that an image is made of. */
@Injectable()
export class ImageCaches {
  readonly images: ResourceCache<ObservedImage>;
  readonly volumes: ResourceCache<ObservedImageVolume>;
  readonly crons: ResourceCache<ObservedImageCron>;

  constructor(cache: ClusterCache) {
    this.images = cache.define(imageViews);
    this.volumes = cache.define(imageVolumeViews);
    this.crons = cache.define(imageCronViews);
  }

  /** The copy of a project's image that others see. */
  published({ namespace }: { namespace: string }, image: string): ObservedImage | undefined {
    return this.images.get(IMAGES_NAMESPACE, publishedName(namespace, image));
  }

  /** The volume that an image is being filled in: the newest, where a schedule makes one after another. */
  volumeOf({ namespace, image, holds }: ObservedImage): ObservedImageVolume | undefined {
    const volumes = this.volumes.by('image', `${namespace}/${image}`);
    const [newest] = [...volumes].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    return volumes.find(({ name }) => name === holds?.name) ?? newest;
  }

  /** Calls back with the namespace of the project and the name of the image that any change concerns. */
  onChange(listener: (namespace: string, image: string) => void): () => void {
    const told = ({ home, image }: { home: string; image: string }) => listener(home, image);
    const stops = [
      this.images.onChange(({ view }) => told(view)),
      this.volumes.onChange(({ view }) => told(view)),
      this.crons.onChange(({ view }) => told(view)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
