import { Injectable } from '@nestjs/common';
import type { OperationView } from '../../operations/operations.contract.js';
import { TargetWork } from '../../operations/target-work.contract.js';
import { DISK_TARGET } from '../domain/names.js';

/** Begins operations on disks, and looks after them. */
@Injectable()
export class DiskWork extends TargetWork {
  protected readonly targetType = DISK_TARGET;

  get(id: string): Promise<OperationView | null> {
    return this.operations.get(id);
  }

  /** The operation once it has settled, or as it is after `ms`; null when it does not exist. */
  untilSettled(id: string, ms: number): Promise<OperationView | null> {
    return this.operations.untilSettled(id, ms);
  }
}
