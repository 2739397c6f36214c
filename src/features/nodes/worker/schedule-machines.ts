import { Injectable } from '@nestjs/common';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { NodeCaches } from '../data/node-caches.js';
import { nodeNotConfirmed } from '../domain/failures.js';
import { isOurs, OUT_OF_SERVICE } from '../domain/maintenance.js';
import { CORDON_KIND, UNCORDON_KIND } from '../operation-kinds.js';
import { failWith, sinceAsked } from './decisions.js';
import { NodeAsks } from './node-asks.js';

const CONFIRM_LIMIT_MS = 60_000;

/** Whether the node is as it is to be. */
interface Confirmed {
  confirmed: boolean;
}

/** `node.cordon`: no new machines on the node. */
@Injectable()
export class CordonMachine implements OperationMachine<Confirmed> {
  readonly kind = CORDON_KIND.kind;

  constructor(
    private readonly caches: NodeCaches,
    private readonly asks: NodeAsks,
  ) {}

  observe({ target }: OperationRecord): Confirmed {
    return { confirmed: this.caches.nodes.get('', target.name)?.unschedulable === true };
  }

  next(operation: OperationRecord, observed: Confirmed, now: Date): Decision {
    return nextOfScheduling(operation, 'cordon', observed, now);
  }

  async ask(operation: OperationRecord): Promise<Record<string, string>> {
    await this.asks.run(operation, (as) => this.asks.cordon(operation.target.name, as));
    return {};
  }
}

/** `node.uncordon`: ends virtgate's maintenance of the node, and takes back what a fence put on it. */
@Injectable()
export class UncordonMachine implements OperationMachine<Confirmed> {
  readonly kind = UNCORDON_KIND.kind;

  constructor(
    private readonly caches: NodeCaches,
    private readonly asks: NodeAsks,
  ) {}

  observe({ target: { name } }: OperationRecord): Confirmed {
    const node = this.caches.nodes.get('', name);
    const maintenance = this.caches.maintenanceOf(name);
    const held = maintenance !== undefined && isOurs(maintenance);
    const fenced = node?.taints.some(({ key }) => key === OUT_OF_SERVICE);
    return { confirmed: node?.unschedulable === false && !held && !fenced };
  }

  next(operation: OperationRecord, observed: Confirmed, now: Date): Decision {
    return nextOfScheduling(operation, 'uncordon', observed, now);
  }

  async ask(operation: OperationRecord): Promise<Record<string, string>> {
    const { name } = operation.target;
    await this.asks.run(operation, async (as) => {
      await this.asks.endMaintenance(name, as);
      await this.asks.change(name, as, ({ spec }) => ({
        unschedulable: null,
        taints: (spec?.taints ?? []).filter(({ key }: { key: string }) => key !== OUT_OF_SERVICE),
      }));
    });
    return {};
  }
}

/** Pure. */
export function nextOfScheduling(
  operation: OperationRecord,
  step: string,
  { confirmed }: Confirmed,
  now: Date,
): Decision {
  const asked = operation.asked[step];
  if (!asked) return { do: 'wait', step };
  if (asked.refusal) return { do: 'fail', error: asked.refusal };
  if (confirmed) return { do: 'succeed' };
  if (sinceAsked(operation, step, now) > CONFIRM_LIMIT_MS) return failWith(nodeNotConfirmed);
  return { do: 'wait', step: 'confirm', recheckMs: 1000 };
}
