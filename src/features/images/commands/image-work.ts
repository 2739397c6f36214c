import { Injectable } from '@nestjs/common';
import { TargetWork } from '../../operations/target-work.contract.js';
import { IMAGE_TARGET } from '../domain/names.js';

/** Begins operations on images. */
@Injectable()
export class ImageWork extends TargetWork {
  protected readonly targetType = IMAGE_TARGET;
}
