import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { ClusterObject, Impersonation } from '../../../platform/cluster/cluster-client.js';
import {
  DATA_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_CLONE,
} from '../../../platform/cluster/kinds.js';
import { TenantPolicy } from '../../../platform/tenant-policy/tenant-policy.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ANNOTATION } from '../../snapshots/cluster-reading.contract.js';
import { CLEAN_UP } from '../../snapshots/decisions.contract.js';
import { Personalise } from '../../snapshots/personalise.contract.js';
import { SourceMachines } from '../../snapshots/source-machine.contract.js';
import { janitorOf, ProtectionAsks } from '../../snapshots/tenant-asks.contract.js';
import { notOpen, notOpenIn } from '../../virtual-machines/allowed-machine.contract.js';
import { takeBackMachine } from '../../virtual-machines/take-back.contract.js';
import { CloneCaches } from '../data/clone-caches.js';
import { cloneFailed, cloneNameTaken, cloneSourceGone } from '../domain/clone-failures.js';
import { cloneInput, cloneName, diskName } from '../domain/clone-input.js';
import { cloneManifest } from '../domain/clone-manifest.js';
import { type CopiedClaim, claimToCopy, copiedDisks, copiedMachine } from '../domain/copied-machine.js';
import { CLONE_KIND } from '../operation-kinds.js';
import { type CloningObserved, LOOK_AGAIN, nextOfCloning } from './cloning.js';

/** `vm.clone`: by KubeVirt's clone where the storage can snapshot, else by copies of the disks. */
@Injectable()
export class CloneMachine implements OperationMachine<CloningObserved> {
  readonly kind = CLONE_KIND.kind;

  constructor(
    private readonly caches: CloneCaches,
    private readonly machines: SourceMachines,
    private readonly asks: ProtectionAsks,
    private readonly personalise: Personalise,
    private readonly policy: TenantPolicy,
  ) {}

  observe(operation: OperationRecord): CloningObserved {
    const { project, target } = operation;
    const clone = this.caches.clones.get(project.namespace, cloneName(operation.id));
    return {
      machine: this.machines.machine(project, target.name),
      instance: this.machines.instance(project, target.name),
      clone: clone?.operationId === operation.id ? clone : undefined,
      copies: Object.keys(cloneInput(operation).claims).flatMap(
        (volume) => this.caches.copies.get(project.namespace, diskName(target.name, volume)) ?? [],
      ),
    };
  }

  next(operation: OperationRecord, observed: CloningObserved, now: Date) {
    return nextOfCloning(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step === CLEAN_UP) return this.#cleanUp(operation);
    return this.asks.run(operation, 'vms:create', async (as) => {
      const { project } = cloneInput(operation).source;
      const both = await this.asks.alsoIn(operation, project, 'vms:clone', as);
      return this.#ask(operation, step, both);
    });
  }

  async #ask(operation: OperationRecord, step: string, as: Impersonation): Promise<Record<string, string>> {
    const { method, name, hostname, freshMacs, firmwareUuid } = cloneInput(operation);
    const identity = { name, hostname, freshMacs, firmwareUuid };
    switch (step) {
      case 'copy':
        return this.#copy(operation, as);
      case 'personalise': {
        const notes = await this.personalise.apply(operation, identity, as);
        // It has done its work; the machine is what stays.
        if (method === 'snapshot') {
          await this.asks.takeBack(VIRTUAL_MACHINE_CLONE, operation, cloneName(operation.id));
        }
        return notes;
      }
      case 'start':
        return this.#start(operation, as);
      default:
        return {};
    }
  }

  async #copy(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { source, name, method, freshMacs } = cloneInput(operation);
    const original = await this.asks.find(VIRTUAL_MACHINE, source.project.namespace, source.name);
    if (original?.metadata.uid !== source.uid) throw cloneSourceGone();
    if (method === 'disks') return this.#copyDisks(operation, original, as);
    const { namespace } = operation.project;
    // It may have been given more since it was asked for.
    const refused = notOpenIn(original, this.policy, namespace);
    if (refused.length > 0) throw notOpen(refused, `The virtual machine "${source.name}" holds what`);
    // Asked and not watched: an earlier try may have made it a moment ago.
    const present = await this.asks.find(VIRTUAL_MACHINE_CLONE, namespace, cloneName(operation.id));
    if (!present && (await this.asks.find(VIRTUAL_MACHINE, operation.project.namespace, name)))
      throw taken(name);
    const spec = { source: source.name, target: name, freshMacs };
    const manifest = cloneManifest(operation, spec, original);
    const made = await this.asks.createOnce(VIRTUAL_MACHINE_CLONE, operation, manifest, as);
    if (!made) throw cloneFailed('A clone of this name was made by someone else.');
    return { clone: made.metadata.uid ?? '' };
  }

  async #copyDisks(
    operation: OperationRecord,
    original: ClusterObject,
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const input = cloneInput(operation);
    const claims: Record<string, CopiedClaim> = {};
    for (const [volume, name] of Object.entries(input.claims)) {
      const found = await this.asks.find(PERSISTENT_VOLUME_CLAIM, input.source.project.namespace, name);
      const claim = found && claimToCopy(found);
      if (!claim) throw cloneSourceGone(`The disk "${volume}" of the original is gone.`);
      claims[volume] = claim;
    }
    const manifest = copiedMachine(original, input, claims, operation, this.policy);
    const made = await this.asks.createOnce(VIRTUAL_MACHINE, operation, manifest, as);
    if (!made) throw taken(input.name);
    const uid = made.metadata.uid ?? '';
    for (const disk of copiedDisks(input, claims, operation, uid)) {
      const present = await this.asks.createOnce(DATA_VOLUME, operation, disk, as);
      if (!present) throw cloneNameTaken(`There is a disk "${disk.metadata.name}" in the project.`);
    }
    return { uid };
  }

  async #start(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const body = { spec: { runStrategy: 'Always' } };
    try {
      const { cluster } = this.asks;
      await cluster.patch(VIRTUAL_MACHINE, namespace, operation.target.name, { type: 'merge', body }, { as });
    } catch (error) {
      // KubeVirt's lock of the restore within is still on its way out.
      if (isCode(error, 'cluster.state_conflict')) throw unavailable(error.message, { cause: error });
      throw error;
    }
    return {};
  }

  /**
   * The machine is this operation's if it says so, or if KubeVirt's clone of this operation made it. Notes whether that
   * clone was there: until it is gone it may make the machine, which is to be looked for once more then.
   */
  async #cleanUp(operation: OperationRecord): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const { name } = operation.target;
    const clone = await this.asks.find(VIRTUAL_MACHINE_CLONE, namespace, cloneName(operation.id));
    await this.asks.takeBack(VIRTUAL_MACHINE_CLONE, operation, cloneName(operation.id));
    const found = await this.asks.find(VIRTUAL_MACHINE, namespace, name);
    const annotations = found?.metadata.annotations ?? {};
    const uid = clone?.metadata.uid ?? operation.asked.copy?.notes.clone;
    const ours =
      annotations[ANNOTATION.operationId] === operation.id ||
      (uid && Object.values(annotations).some((value) => value.includes(uid)));
    if (found && ours) {
      await takeBackMachine(this.asks.cluster, namespace, found, janitorOf(operation));
    }
    return clone ? { [LOOK_AGAIN]: clone.metadata.uid ?? '' } : {};
  }
}

const taken = (name: string) => cloneNameTaken(`A virtual machine "${name}" was made in the meantime.`);
