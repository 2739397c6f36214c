import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { NODE_MAINTENANCE } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { NodeCaches } from '../data/node-caches.js';
import { isOurs, maintenanceName } from '../domain/maintenance.js';
import type { ObservedInstance } from '../domain/observed.js';
import { DRAIN_KIND } from '../operation-kinds.js';
import { type DrainedAtFirst, type DrainObserved, nextOfDrain } from './draining.js';
import { NodeAsks } from './node-asks.js';

/** virtgate's mark on what it makes: the operation that it belongs to. */
const OPERATION = 'virtgate.io/operation-id';

/**
 * `node.drain`: by a NodeMaintenance where the cluster has such, else by cordoning and evicting itself. KubeVirt keeps
 * the limits of migrations; what cannot go is reported.
 */
@Injectable()
export class DrainMachine implements OperationMachine<DrainObserved> {
  readonly kind = DRAIN_KIND.kind;
  readonly compensating = ['stop-evicting', 'hold-cordoned'];

  constructor(
    private readonly caches: NodeCaches,
    private readonly asks: NodeAsks,
  ) {}

  observe(operation: OperationRecord): DrainObserved {
    const { name } = operation.target;
    const node = this.caches.nodes.get('', name);
    const since = operation.createdAt.toISOString();
    const remaining = node ? this.caches.reportOf(node, since).machines : [];
    const maintenance = this.caches.maintenanceOf(name);
    const fates = new Map<string, string[]>();
    for (const machine of operation.input.machines as DrainedAtFirst[]) {
      const fate = this.#fateOf(machine, name);
      const shown = `${this.caches.projectOf(machine.namespace) ?? machine.namespace}/${machine.name}`;
      fates.set(fate, [...(fates.get(fate) ?? []), shown]);
    }
    return {
      node: node !== undefined,
      remaining,
      pods: this.caches.pods.by('node', name).filter(({ instance }) => instance !== null).length,
      waiting: this.#toEvict(name, since).length,
      maintained: maintenance !== undefined && isOurs(maintenance),
      moved: fates.get('moved') ?? [],
      restarted: fates.get('restarted') ?? [],
      stopped: fates.get('stopped') ?? [],
    };
  }

  next(operation: OperationRecord, observed: DrainObserved, now: Date): Decision {
    return nextOfDrain(operation, observed, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    const { name } = operation.target;
    return this.asks.run(operation, async (as): Promise<Record<string, string>> => {
      switch (step) {
        case 'maintain':
          return { method: await this.#maintain(operation, as) };
        case 'evacuate':
          await this.#evict(operation, as);
          return {};
        case 'stop-evicting':
          await this.asks.endMaintenance(name, as);
          return {};
        default:
          await this.asks.cordon(name, as);
          await this.#unmark(name, as);
          return {};
      }
    });
  }

  async #maintain({ id, target, input }: OperationRecord, as: Impersonation): Promise<string> {
    const reason = String(input.reason ?? 'drained with virtgate');
    try {
      await this.asks.cluster.create(
        NODE_MAINTENANCE,
        null,
        {
          metadata: { name: maintenanceName(target.name), annotations: { [OPERATION]: id } },
          spec: { nodeName: target.name, reason },
        },
        { as },
      );
      return 'maintenance';
    } catch (error) {
      if (isCode(error, 'cluster.already_exists')) return 'maintenance';
      // Ours of an earlier drain is met by its webhook before it is met by its name.
      const known = this.caches.maintenanceOf(target.name);
      if (isCode(error, 'cluster.refused', 'cluster.forbidden') && known && isOurs(known))
        return 'maintenance';
      if (!isCode(error, 'cluster.not_served', 'cluster.not_found')) throw error;
      await this.asks.cordon(target.name, as);
      return 'eviction';
    }
  }

  /** What is marked already, shuts down or cannot go is left alone. */
  #toEvict(node: string, since: string): ObservedInstance[] {
    const found = this.caches.nodes.get('', node);
    if (!found) return [];
    const blocked = new Set(
      this.caches
        .reportOf(found, since)
        .machines.filter(({ action, moving }) => action === 'blocks' || moving)
        .map(({ namespace, name }) => `${namespace}/${name}`),
    );
    return this.caches
      .instancesOn(node)
      .filter(
        ({ namespace, name, deleting, leaving }) =>
          !deleting && leaving !== node && !blocked.has(`${namespace}/${name}`),
      );
  }

  async #evict(operation: OperationRecord, as: Impersonation): Promise<void> {
    const node = operation.target.name;
    for (const { uid } of this.#toEvict(node, operation.createdAt.toISOString())) {
      const pod = this.caches.pods.by('instance', uid).find((one) => one.node === node && !one.deleting);
      // A refusal is how KubeVirt says that it moves the machine, or a budget that it may not go yet: looked at again.
      if (pod) await this.asks.cluster.evict(pod.namespace, pod.name, { as });
    }
  }

  /** Before 1.7 KubeVirt cannot be told; then what was marked moves all the same. */
  async #unmark(node: string, as: Impersonation): Promise<void> {
    for (const { namespace, name, leaving } of this.caches.instancesOn(node)) {
      if (leaving !== node) continue;
      try {
        await this.asks.cluster.subresource(namespace, 'virtualmachineinstances', name, 'evacuate/cancel', {
          method: 'PUT',
          body: { evacuationNodeName: node },
          as,
        });
      } catch (error) {
        if (
          !isCode(error, 'cluster.not_found', 'cluster.not_served', 'cluster.refused', 'cluster.forbidden')
        ) {
          throw error;
        }
      }
    }
  }

  #fateOf({ namespace, name, uid, runStrategy }: DrainedAtFirst, node: string): string {
    const now = this.caches.instances.get(namespace, name);
    if (now?.uid === uid && now.node === node) return 'remaining';
    if (now?.uid === uid && now.node !== null) return 'moved';
    const anew = now !== undefined && now.uid !== uid;
    return anew || runStrategy === 'Always' ? 'restarted' : 'stopped';
  }
}
