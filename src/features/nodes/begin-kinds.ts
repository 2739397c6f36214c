import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationsContract } from '../operations/operations.contract.js';
import { NODE_KINDS } from './operation-kinds.js';

/** Makes this room's operations known where they are begun. */
@Injectable()
export class BeginNodeKinds implements OnModuleInit {
  constructor(private readonly operations: OperationsContract) {}

  onModuleInit(): void {
    for (const kind of NODE_KINDS) this.operations.registerKind(kind);
  }
}
