import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { isDryRun } from '../../operations/outcome.contract.js';
import { NodeCaches } from '../data/node-caches.js';
import type { DrainReport } from '../domain/drain-report.js';
import { nodeInMaintenance, nodeLost } from '../domain/failures.js';
import { isOurs } from '../domain/maintenance.js';
import { DRAIN_KIND } from '../operation-kinds.js';
import { NodeRehearsal } from './node-rehearsal.js';
import { NodeWork, ofPlatform } from './node-work.js';

export interface DrainOutcome {
  /** Null for a dry run. */
  operation: OperationView | null;
  /** What was to be expected when it began. */
  report: DrainReport;
}

/** Empties a node for maintenance: cordons it, and has everything on it moved or shut down. */
@Injectable()
export class DrainNode {
  constructor(
    private readonly caches: NodeCaches,
    private readonly work: NodeWork,
    private readonly rehearsal: NodeRehearsal,
  ) {}

  report(name: string): DrainReport {
    return this.caches.reportOf(this.caches.node(name));
  }

  /** Throws node.not_found, node.lost, node.in_maintenance, operation.in_progress. */
  async execute(principal: Principal, name: string, reason: string | null): Promise<DrainOutcome> {
    const node = this.caches.node(name);
    if (node.ready === 'Unknown') throw nodeLost(`Node "${name}" is not heard of.`);
    const maintenance = this.caches.maintenanceOf(name);
    if (maintenance && !isOurs(maintenance)) {
      throw nodeInMaintenance(`The NodeMaintenance "${maintenance.name}" holds node "${name}".`);
    }
    const report = this.caches.reportOf(node);
    if (isDryRun()) {
      await this.rehearsal.patch(principal, name, { spec: { unschedulable: true } });
      return { operation: null, report };
    }
    const machines = this.caches.instancesOn(name).map((instance) => ({
      namespace: instance.namespace,
      name: instance.name,
      uid: instance.uid,
      runStrategy: this.caches.machineOf(instance)?.runStrategy ?? null,
    }));
    const warnings = report.machines
      .filter(({ action }) => action === 'blocks')
      .slice(0, 20)
      .map((one) => `${one.project ?? one.namespace}/${one.name} will stay: ${one.reason}`);
    const input = { uid: node.uid, reason, machines };
    const request = { kind: DRAIN_KIND.kind, name, input, warnings };
    const operation = await this.work.begin(ofPlatform(principal), request);
    return { operation, report };
  }
}
