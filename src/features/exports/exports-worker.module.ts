import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { BeginKinds } from './begin-kinds.js';
import { ExportCaches } from './data/export-caches.js';
import { ExportTokens } from './data/export-tokens.js';
import { CreateExportMachine } from './worker/create-export-machine.js';
import { DeleteExportMachine } from './worker/delete-export-machine.js';
import { DumpMemoryMachine } from './worker/dump-memory-machine.js';
import { DumpMachines, RegisterMachines } from './worker/register-machines.js';
import { RemoveDumpMachine } from './worker/remove-dump-machine.js';

/** The worker's side: the state machines of exports and memory dumps. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [
    BeginKinds,
    ExportCaches,
    ExportTokens,
    TenantAsks,
    CreateExportMachine,
    DeleteExportMachine,
    DumpMemoryMachine,
    RemoveDumpMachine,
    DumpMachines,
    RegisterMachines,
  ],
})
export class ExportsWorkerModule {}
