import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { isDryRun } from '../../operations/outcome.contract.js';
import { NodeCaches } from '../data/node-caches.js';
import { nodeFenceStale, nodeNotLost } from '../domain/failures.js';
import type { FencePlan } from '../domain/fence-plan.js';
import { FENCE_KIND } from '../operation-kinds.js';
import { NodeRehearsal } from './node-rehearsal.js';
import { NodeWork, ofPlatform } from './node-work.js';

export interface FenceOutcome {
  /** Null as long as nothing was confirmed, and for a dry run. */
  operation: OperationView | null;
  plan: FencePlan;
}

/** Declares a lost node dead, so that its machines may start elsewhere. In two steps: the first tells what it costs. */
@Injectable()
export class FenceNode {
  constructor(
    private readonly caches: NodeCaches,
    private readonly work: NodeWork,
    private readonly rehearsal: NodeRehearsal,
  ) {}

  /** Throws node.not_found, node.not_lost, node.fence_stale, operation.in_progress. */
  async execute(principal: Principal, name: string, confirmation: string | null): Promise<FenceOutcome> {
    const node = this.caches.node(name);
    if (node.ready !== 'Unknown') throw nodeNotLost(`Node "${name}" is heard of.`);
    const plan = this.caches.fencePlanOf(node);
    if (confirmation === null) return { operation: null, plan };
    if (confirmation !== plan.confirmation) {
      throw nodeFenceStale('The confirmation is for another state of the node.');
    }
    if (isDryRun()) {
      await this.rehearsal.patch(principal, name, { spec: { unschedulable: true } });
      return { operation: null, plan };
    }
    const machines = this.caches.instancesOn(name).map(({ namespace, name: machine, uid }, index) => ({
      namespace,
      name: machine,
      uid,
      restarts: plan.machines[index]?.restarts ?? false,
    }));
    const input = { uid: node.uid, machines };
    const request = { kind: FENCE_KIND.kind, name, input };
    return { operation: await this.work.begin(ofPlatform(principal), request), plan };
  }
}
