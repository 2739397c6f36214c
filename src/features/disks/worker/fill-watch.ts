import { Injectable, Optional } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { ImportLimits } from '../../../platform/import-policy/import-limits.js';
import { ImportMoves } from '../../../platform/import-policy/import-moves.js';
import { DiskCaches } from '../data/disk-caches.js';

/** When each disk was last seen to fill. */
@Injectable()
export class FillWatch extends ImportMoves {
  constructor(caches: DiskCaches, clock: Clock, @Optional() limits?: ImportLimits) {
    super(caches.dataVolumes, clock, limits);
  }
}
