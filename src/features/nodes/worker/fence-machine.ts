import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { POD } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { NodeCaches } from '../data/node-caches.js';
import { fenceIncomplete } from '../domain/failures.js';
import { OUT_OF_SERVICE } from '../domain/maintenance.js';
import { FENCE_KIND } from '../operation-kinds.js';
import { failWith, sinceAsked } from './decisions.js';
import { NodeAsks } from './node-asks.js';

interface FencedAtFirst {
  namespace: string;
  name: string;
  uid: string;
  restarts: boolean;
}

export interface FenceObserved {
  /** Pods of guests that the cluster still counts on the node. */
  pods: number;
  /** As `project/name`. */
  restarted: readonly string[];
  ended: readonly string[];
  waiting: readonly string[];
}

const RESTART_LIMIT_MS = 10 * 60_000;

/** `node.fence`: declares a lost node out of service and frees its pods, so that its machines start elsewhere. */
@Injectable()
export class FenceMachine implements OperationMachine<FenceObserved> {
  readonly kind = FENCE_KIND.kind;

  constructor(
    private readonly caches: NodeCaches,
    private readonly asks: NodeAsks,
  ) {}

  observe({ target, input }: OperationRecord): FenceObserved {
    const restarted: string[] = [];
    const ended: string[] = [];
    const waiting: string[] = [];
    for (const machine of input.machines as FencedAtFirst[]) {
      const now = this.caches.instances.get(machine.namespace, machine.name);
      const shown = `${this.caches.projectOf(machine.namespace) ?? machine.namespace}/${machine.name}`;
      const anew = now !== undefined && now.uid !== machine.uid;
      if (anew && now.phase === 'Running') restarted.push(shown);
      else if (!machine.restarts && now?.node !== target.name) ended.push(shown);
      else waiting.push(shown);
    }
    const pods = this.caches.pods.by('node', target.name).filter(({ instance }) => instance !== null).length;
    return { pods, restarted, ended, waiting };
  }

  next(operation: OperationRecord, observed: FenceObserved, now: Date): Decision {
    return nextOfFence(operation, observed, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    return this.asks.run(operation, async (as) => {
      if (step === 'isolate') await this.#isolate(operation.target.name, as);
      if (step === 'free') await this.#free(operation.target.name, as);
      return {};
    });
  }

  async #isolate(node: string, as: Impersonation): Promise<void> {
    await this.asks.change(node, as, ({ spec }) => {
      const taints: { key: string }[] = spec?.taints ?? [];
      const others = taints.filter(({ key }) => key !== OUT_OF_SERVICE);
      const taint = { key: OUT_OF_SERVICE, value: 'nodeshutdown', effect: 'NoExecute' };
      return { unschedulable: true, taints: [...others, taint] };
    });
  }

  /** A cluster that knows the taint does so itself; an older one is told. */
  async #free(node: string, as: Impersonation): Promise<void> {
    for (const pod of this.caches.pods.by('node', node)) {
      if (pod.instance === null) continue;
      try {
        await this.asks.cluster.delete(POD, pod.namespace, pod.name, {
          as,
          uid: pod.uid,
          gracePeriodSeconds: 0,
        });
      } catch (error) {
        if (!isCode(error, 'cluster.not_found', 'cluster.conflict', 'cluster.state_conflict')) throw error;
      }
    }
  }
}

/** The decision of `node.fence`. Pure. */
export function nextOfFence(operation: OperationRecord, seen: FenceObserved, now: Date): Decision {
  for (const step of ['isolate', 'free']) {
    const asked = operation.asked[step];
    if (!asked) return { do: 'act', step };
    if (asked.refusal) return { do: 'fail', error: asked.refusal };
  }
  const { restarted, ended, waiting } = seen;
  const result = { restarted, ended, waiting };
  if (seen.pods === 0 && waiting.length === 0) return { do: 'succeed', result };
  if (sinceAsked(operation, 'free', now) > RESTART_LIMIT_MS) {
    return failWith(fenceIncomplete, `${waiting.length} machines have not come up elsewhere.`, result);
  }
  const total = restarted.length + ended.length + waiting.length;
  const progress = total === 0 ? null : Math.floor(((restarted.length + ended.length) * 100) / total);
  const message = `${waiting.length} of ${total} are still to come up`;
  return { do: 'wait', step: 'restart', progress, message, recheckMs: 2000 };
}
