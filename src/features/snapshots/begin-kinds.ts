import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationsContract } from '../operations/operations.contract.js';
import { CREATE_SNAPSHOT_KIND, DELETE_SNAPSHOT_KIND } from './operation-kinds.js';

/** Makes this room's operations known where they are begun: in the gateway, and in the worker by schedules. */
@Injectable()
export class BeginSnapshotKinds implements OnModuleInit {
  constructor(private readonly operations: OperationsContract) {}

  onModuleInit(): void {
    this.operations.registerKind(CREATE_SNAPSHOT_KIND);
    this.operations.registerKind(DELETE_SNAPSHOT_KIND);
  }
}
