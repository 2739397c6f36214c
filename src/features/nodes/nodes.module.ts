import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { NodeReads } from './api/node-reads.js';
import { NodesController } from './api/nodes.controller.js';
import { ClusterNodeResolver, NodeMutationsResolver } from './api/nodes.resolver.js';
import { BeginNodeKinds } from './begin-kinds.js';
import { DrainNode } from './commands/drain-node.js';
import { FenceNode } from './commands/fence-node.js';
import { NodeRehearsal } from './commands/node-rehearsal.js';
import { NodeWork } from './commands/node-work.js';
import { ScheduleNode } from './commands/schedule-node.js';
import { NodeCaches } from './data/node-caches.js';

/** The gateway's side of nodes: the platform's alone. */
@Module({
  imports: [AccessModule, OperationsModule],
  controllers: [NodesController],
  providers: [
    NodeCaches,
    BeginNodeKinds,
    NodeRehearsal,
    NodeWork,
    ScheduleNode,
    DrainNode,
    FenceNode,
    NodeReads,
    ClusterNodeResolver,
    NodeMutationsResolver,
  ],
})
export class NodesModule {}
