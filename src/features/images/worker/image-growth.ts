import { Injectable, Optional } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { ImportLimits } from '../../../platform/import-policy/import-limits.js';
import { ImportMoves } from '../../../platform/import-policy/import-moves.js';
import { ImageCaches } from '../data/image-caches.js';

/** When each image was last seen to grow. */
@Injectable()
export class ImageGrowth extends ImportMoves {
  constructor(caches: ImageCaches, clock: Clock, @Optional() limits?: ImportLimits) {
    super(caches.volumes, clock, limits);
  }
}
