import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { isDryRun } from '../../operations/outcome.contract.js';
import { NodeCaches } from '../data/node-caches.js';
import { nodeInMaintenance } from '../domain/failures.js';
import { isOurs } from '../domain/maintenance.js';
import { CORDON_KIND, UNCORDON_KIND } from '../operation-kinds.js';
import { type NodePreview, NodeRehearsal } from './node-rehearsal.js';
import { NodeWork, ofPlatform } from './node-work.js';

/** Keeps new machines off a node (cordon), or lets them on again (uncordon). */
@Injectable()
export class ScheduleNode {
  constructor(
    private readonly caches: NodeCaches,
    private readonly work: NodeWork,
    private readonly rehearsal: NodeRehearsal,
  ) {}

  /** Throws node.not_found, node.in_maintenance, operation.in_progress. */
  async execute(
    principal: Principal,
    name: string,
    schedulable: boolean,
  ): Promise<{ operation: OperationView } | { preview: NodePreview }> {
    const node = this.caches.node(name);
    const maintenance = this.caches.maintenanceOf(name);
    if (schedulable && maintenance && !isOurs(maintenance)) {
      throw nodeInMaintenance(`The NodeMaintenance "${maintenance.name}" holds node "${name}".`);
    }
    if (isDryRun()) {
      await this.rehearsal.patch(principal, name, { spec: { unschedulable: schedulable ? null : true } });
      const effect = schedulable
        ? `It lets new machines on node "${name}", and ends its maintenance.`
        : `It keeps new machines off node "${name}"; those on it stay.`;
      return { preview: { dryRun: true, effect, warnings: [] } };
    }
    const { kind } = schedulable ? UNCORDON_KIND : CORDON_KIND;
    const request = { kind, name, input: { uid: node.uid } };
    return { operation: await this.work.begin(ofPlatform(principal), request) };
  }
}
