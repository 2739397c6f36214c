import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { vmVanished } from '../domain/failures.js';
import { attachInterfacePatch, detachInterfacePatch } from '../domain/interface-change.js';
import { interfaceManifest } from '../domain/interfaces.js';
import { ATTACH_INTERFACE_KIND, DETACH_INTERFACE_KIND } from '../interface-kinds.js';
import {
  type InterfaceObserved,
  interfaceInput,
  nextOfInterface,
  nextOfInterfaceGone,
} from './interfacing.js';

type Notes = Record<string, string>;

/** What attaching and detaching interfaces ask of the cluster. */
@Injectable()
export class InterfaceAsks {
  constructor(
    private readonly asks: TenantAsks,
    private readonly caches: MachineCaches,
  ) {}

  observe(operation: OperationRecord): InterfaceObserved {
    const { namespace } = operation.project;
    const { name } = interfaceInput(operation).interface;
    const machine = this.caches.machines.get(namespace, operation.target.name);
    const instance = this.caches.instances.get(namespace, operation.target.name);
    return {
      uid: machine?.uid,
      wanted: machine?.interfaces.some((one) => one.name === name && !one.absent) ?? false,
      live: instance?.interfaces.find((one) => one.name === name),
    };
  }

  attach(operation: OperationRecord): Promise<Notes> {
    const parts = interfaceManifest(interfaceInput(operation).interface, operation.id, null);
    return this.asks.run(operation, 'vms:update', async (as) => {
      await this.#change(operation, (spec) => attachInterfacePatch(spec, parts), as);
      return { mac: parts.device.macAddress };
    });
  }

  /** Taking out what is not there any more is success. */
  detach(operation: OperationRecord): Promise<Notes> {
    const { hot, interface: one } = interfaceInput(operation);
    return this.asks.run(operation, 'vms:update', async (as) => {
      await this.#change(operation, (spec) => detachInterfacePatch(spec, one.name, hot), as);
      return {};
    });
  }

  async #change(
    { project: { namespace }, target, input }: OperationRecord,
    patchOf: (spec: object) => object | null,
    as: Impersonation,
  ): Promise<void> {
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, target.name);
    if (!found || found.metadata.uid !== input.uid) throw vmVanished();
    const patch = patchOf((found.spec ?? {}) as object);
    if (!patch) return;
    const { uid, resourceVersion } = found.metadata;
    const body = { metadata: { uid, resourceVersion }, ...patch };
    await this.asks.cluster.patch(VIRTUAL_MACHINE, namespace, target.name, { type: 'merge', body }, { as });
  }
}

/** `vm.attach-interface`. */
@Injectable()
export class AttachInterfaceMachine implements OperationMachine<InterfaceObserved> {
  readonly kind = ATTACH_INTERFACE_KIND.kind;

  constructor(private readonly asks: InterfaceAsks) {}

  observe(operation: OperationRecord): InterfaceObserved {
    return this.asks.observe(operation);
  }

  next(operation: OperationRecord, observed: InterfaceObserved, now: Date) {
    return nextOfInterface(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Notes> {
    if (step === 'attach') return this.asks.attach(operation);
    return step === 'roll-back' ? this.asks.detach(operation) : {};
  }
}

/** `vm.detach-interface`. */
@Injectable()
export class DetachInterfaceMachine implements OperationMachine<InterfaceObserved> {
  readonly kind = DETACH_INTERFACE_KIND.kind;

  constructor(private readonly asks: InterfaceAsks) {}

  observe(operation: OperationRecord): InterfaceObserved {
    return this.asks.observe(operation);
  }

  next(operation: OperationRecord, observed: InterfaceObserved, now: Date) {
    return nextOfInterfaceGone(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Notes> {
    return step === 'detach' ? this.asks.detach(operation) : {};
  }
}
