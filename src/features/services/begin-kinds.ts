import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationsContract } from '../operations/operations.contract.js';
import { EXPOSE_KIND, UNEXPOSE_KIND } from './operation-kinds.js';

/** Makes this room's operations known where they are begun. */
@Injectable()
export class BeginServiceKinds implements OnModuleInit {
  constructor(private readonly operations: OperationsContract) {}

  onModuleInit(): void {
    for (const kind of [EXPOSE_KIND, UNEXPOSE_KIND]) this.operations.registerKind(kind);
  }
}
