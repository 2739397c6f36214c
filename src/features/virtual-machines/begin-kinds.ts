import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationsContract } from '../operations/operations.contract.js';
import { ATTACH_KIND, DETACH_KIND } from './attach-kinds.js';
import { ATTACH_INTERFACE_KIND, DETACH_INTERFACE_KIND } from './interface-kinds.js';
import { MACHINE_OPERATION_KINDS } from './operation-kinds.js';

/** Makes this room's operations known where they are begun. */
@Injectable()
export class BeginKinds implements OnModuleInit {
  constructor(private readonly operations: OperationsContract) {}

  onModuleInit(): void {
    const parts = [ATTACH_KIND, DETACH_KIND, ATTACH_INTERFACE_KIND, DETACH_INTERFACE_KIND];
    for (const kind of [...MACHINE_OPERATION_KINDS, ...parts]) this.operations.registerKind(kind);
  }
}
