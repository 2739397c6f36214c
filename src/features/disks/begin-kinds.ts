import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationsContract } from '../operations/operations.contract.js';
import { DISK_OPERATION_KINDS } from './operation-kinds.js';

/** Makes this room's operations known where they are begun. */
@Injectable()
export class BeginDiskKinds implements OnModuleInit {
  constructor(private readonly operations: OperationsContract) {}

  onModuleInit(): void {
    for (const kind of DISK_OPERATION_KINDS) this.operations.registerKind(kind);
  }
}
