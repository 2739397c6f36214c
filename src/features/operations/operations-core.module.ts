import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { OutboxModule } from '../../platform/queue/queue.module.js';
import { BeginOperationCommand } from './commands/begin-operation.js';
import { CancelOperationCommand } from './commands/cancel-operation.js';
import { PruneOperationsCommand } from './commands/prune-operations.js';
import { OperationReader } from './data/operation-reader.js';
import { OperationStore } from './data/operation-store.js';
import { Ledgers } from './ledgers.js';
import { OperationChanges } from './operation-changes.js';
import { OperationKinds } from './operation-kinds.js';
import { OperationsContract } from './operations.contract.js';
import { Operations } from './operations.js';

/** What every process role has of operations. `Database` and `Sealer` come from the platform module. */
@Module({
  imports: [AuditModule, OutboxModule],
  providers: [
    OperationKinds,
    Ledgers,
    OperationStore,
    OperationReader,
    OperationChanges,
    BeginOperationCommand,
    CancelOperationCommand,
    PruneOperationsCommand,
    { provide: OperationsContract, useClass: Operations },
  ],
  exports: [
    AuditModule,
    OutboxModule,
    OperationKinds,
    Ledgers,
    OperationStore,
    OperationReader,
    OperationChanges,
    CancelOperationCommand,
    PruneOperationsCommand,
    OperationsContract,
  ],
})
export class OperationsCoreModule {}
