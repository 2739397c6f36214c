import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { NodeCaches } from './data/node-caches.js';
import { DrainMachine } from './worker/drain-machine.js';
import { FenceMachine } from './worker/fence-machine.js';
import { NodeAsks } from './worker/node-asks.js';
import { RegisterNodeMachines } from './worker/register-node-machines.js';
import { RegisterScheduling } from './worker/register-scheduling.js';
import { CordonMachine, UncordonMachine } from './worker/schedule-machines.js';

/** The worker's side of nodes: their state machines. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [
    NodeCaches,
    NodeAsks,
    CordonMachine,
    UncordonMachine,
    DrainMachine,
    FenceMachine,
    RegisterNodeMachines,
    RegisterScheduling,
  ],
})
export class NodesWorkerModule {}
