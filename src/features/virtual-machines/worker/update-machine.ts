import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { SECRET, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { type BootDevice, bootOrderPatch } from '../domain/boot-order.js';
import { vmNotFound, vmResizeTimeout, vmVanished } from '../domain/failures.js';
import type { Growing } from '../domain/live-change.js';
import { merged } from '../domain/machine-features.js';
import { userDataContent } from '../domain/machine-secrets.js';
import { ANNOTATION } from '../domain/names.js';
import type { ObservedInstance, ObservedMachine } from '../domain/observed.js';
import { UPDATE_KIND } from '../operation-kinds.js';

export interface UpdateInput {
  uid: string;
  patch: { metadata?: Record<string, unknown>; spec?: object };
  /** The secret to write `userData` to; null where user data stays. */
  secret: string | null;
  userData: string | null;
  /** Null or absent: it stays. */
  bootOrder?: BootDevice[] | null;
  /** What the running guest shall have; null or absent where it does not grow. */
  grow?: Growing | null;
}

const updateInput = (operation: OperationRecord): UpdateInput => operation.input as unknown as UpdateInput;

export interface UpdateObserved {
  machine: ObservedMachine | undefined;
  instance: ObservedInstance | undefined;
}

/** A large guest takes its time to move, and may have to wait for others that move. */
const GROW_LIMIT_MS = 30 * 60_000;

/** How long KubeVirt may take to say what it makes of a change. */
const SETTLE_LIMIT_MS = 15_000;

/** `vm.update`: one merge patch, then until KubeVirt has seen it. */
@Injectable()
export class UpdateMachine implements OperationMachine<UpdateObserved> {
  readonly kind = UPDATE_KIND.kind;

  constructor(
    private readonly caches: MachineCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe({ project: { namespace }, target: { name } }: OperationRecord): UpdateObserved {
    return {
      machine: this.caches.machines.get(namespace, name),
      instance: this.caches.instances.get(namespace, name),
    };
  }

  next(operation: OperationRecord, observed: UpdateObserved, now: Date): Decision {
    return nextOfUpdate(operation, observed, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'apply') return Promise.resolve({});
    return this.asks.run(operation, 'vms:update', (as) => this.#apply(operation, as));
  }

  /** The order of devices stands on lists, which are written whole: as they are now, and only while they are. */
  async #patch(
    operation: OperationRecord,
  ): Promise<{ patch: UpdateInput['patch']; resourceVersion?: string }> {
    const { uid, patch, bootOrder } = updateInput(operation);
    if (!bootOrder) return { patch };
    const { project, target } = operation;
    const found = await this.asks.find(VIRTUAL_MACHINE, project.namespace, target.name);
    if (found?.metadata.uid !== uid) throw vmVanished();
    const { resourceVersion } = found.metadata;
    return {
      patch: merged(patch, bootOrderPatch(found.spec, bootOrder)) as UpdateInput['patch'],
      resourceVersion,
    };
  }

  async #apply(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { uid, secret, userData } = updateInput(operation);
    const { namespace } = operation.project;
    if (secret !== null && userData !== null) {
      const body = { data: userDataContent(userData) };
      await this.asks.cluster.patch(SECRET, namespace, secret, { type: 'merge', body }, { as });
    }
    const { resourceVersion, patch } = await this.#patch(operation);
    const annotations = (patch.metadata?.annotations ?? {}) as Record<string, string | null>;
    const body = {
      ...patch,
      metadata: {
        ...patch.metadata,
        // Another machine under the same name is not the one that was meant.
        uid,
        ...(resourceVersion !== undefined && { resourceVersion }),
        annotations: { ...annotations, [ANNOTATION.requestId]: operation.requestId },
      },
    };
    try {
      const { name } = operation.target;
      const answer = await this.asks.cluster.patch(
        VIRTUAL_MACHINE,
        namespace,
        name,
        { type: 'merge', body },
        { as },
      );
      return { generation: String(answer.metadata.generation ?? 0) };
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) throw vmNotFound();
      throw error;
    }
  }
}

/** The decision of `vm.update`. Pure. */
export function nextOfUpdate(
  operation: OperationRecord,
  { machine, instance }: UpdateObserved,
  now: Date,
): Decision {
  const asked = operation.asked.apply;
  if (!asked) return { do: 'wait', step: 'apply' };
  if (asked.refusal) return fail(asked.refusal);
  const { uid, grow } = updateInput(operation);
  if (machine?.uid !== uid) return fail(failureRecord(vmVanished));
  const generation = Number(asked.notes.generation);
  const applied = machine.generation >= generation;
  const seen = machine.desiredGeneration ?? machine.observedGeneration;
  const understood = seen === null || seen >= generation;
  const late = sinceAsked(operation, 'apply', now) > SETTLE_LIMIT_MS;
  if (!late && !(applied && understood)) return { do: 'wait', step: 'settle', recheckMs: 2000 };
  const restartRequired = machine.conditions.some(
    ({ type, status }) => type === 'RestartRequired' && status === 'True',
  );
  // A machine that was stopped meanwhile has it when it starts.
  if (grow && instance && !restartRequired && !hasGrown(grow, instance)) {
    if (sinceAsked(operation, 'apply', now) > GROW_LIMIT_MS) return fail(failureRecord(vmResizeTimeout));
    const message = 'Waiting for the cluster to move the machine';
    return { do: 'wait', step: 'settle', progress: 50, message, recheckMs: 5000 };
  }
  return { do: 'succeed', result: { id: machine.uid, name: machine.name, restartRequired } };
}

/** As the cluster shows it, not as it was asked. */
const hasGrown = ({ cpus, memory }: Growing, instance: ObservedInstance): boolean =>
  (cpus === null || instance.cpus === cpus) && (memory === null || instance.memory === memory);
