import { Injectable } from '@nestjs/common';
import { TargetWork } from '../../operations/target-work.contract.js';
import { TARGET_TYPE } from '../domain/names.js';

/** Begins operations on exports. */
@Injectable()
export class Work extends TargetWork {
  protected readonly targetType = TARGET_TYPE;
}
