import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationsContract } from '../operations/operations.contract.js';
import { EXPORT_OPERATION_KINDS } from './operation-kinds.js';

/** Makes this room's operations known where they are begun. */
@Injectable()
export class BeginKinds implements OnModuleInit {
  constructor(private readonly operations: OperationsContract) {}

  onModuleInit(): void {
    for (const kind of EXPORT_OPERATION_KINDS) this.operations.registerKind(kind);
  }
}
