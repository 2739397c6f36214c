import { Injectable } from '@nestjs/common';
import { TargetWork } from '../operations/target-work.contract.js';
import { TARGET_TYPE } from './domain/names.js';

/** Begins operations on virtual machines, for this room and for those above it. */
@Injectable()
export class MachineWork extends TargetWork {
  protected readonly targetType = TARGET_TYPE;
}
