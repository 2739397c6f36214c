import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationsContract } from '../operations/operations.contract.js';
import { SET_SSH_KEYS_KIND } from './operation-kinds.js';

/** Makes this room's operations known where they are begun. */
@Injectable()
export class BeginGuestKinds implements OnModuleInit {
  constructor(private readonly operations: OperationsContract) {}

  onModuleInit(): void {
    this.operations.registerKind(SET_SSH_KEYS_KIND);
  }
}
