import { Injectable, Optional } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { ImportLimits } from '../../../platform/import-policy/import-limits.js';
import { ImportMoves } from '../../../platform/import-policy/import-moves.js';
import { MachineCaches } from '../data/machine-caches.js';

/** When the disks of each machine were last seen to fill. */
@Injectable()
export class ImportWatch extends ImportMoves {
  constructor(caches: MachineCaches, clock: Clock, @Optional() limits?: ImportLimits) {
    super(caches.dataVolumes, clock, limits);
  }
}
