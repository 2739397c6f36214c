import { Injectable } from '@nestjs/common';
import type { ClusterObject, Impersonation, ResourceKind } from '../../../platform/cluster/cluster-client.js';
import { DATA_VOLUME, PERSISTENT_VOLUME_CLAIM, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ATTACH_KIND, DETACH_KIND } from '../attach-kinds.js';
import { VolumeCaches } from '../data/volume-caches.js';
import { type Attachment, attachPatch, detachPatch, diskDevice, ejectPatch } from '../domain/attachment.js';
import { vmVanished } from '../domain/failures.js';
import {
  type AttachInput,
  attachInput,
  type DetachInput,
  detachInput,
  nextOfAttach,
  nextOfDetach,
  type VolumeObserved,
} from './attaching.js';

type Notes = Record<string, string>;

/** What attaching and detaching ask of the cluster. */
@Injectable()
export class VolumeAsks {
  constructor(
    private readonly asks: TenantAsks,
    private readonly caches: VolumeCaches,
  ) {}

  observe({ project: { namespace }, target: { name } }: OperationRecord, volume: string): VolumeObserved {
    const of = (cache: VolumeCaches['machines']) =>
      cache.get(namespace, name)?.volumes.find((one) => one.volume === volume);
    return {
      uid: this.caches.machines.get(namespace, name)?.uid,
      wanted: of(this.caches.machines),
      live: of(this.caches.instances),
    };
  }

  attach(operation: OperationRecord): Promise<Notes> {
    const { uid, hot, attachment } = attachInput(operation);
    return this.asks.run(operation, 'disks:attach', async (as) => {
      const found = await this.#machine(operation, uid);
      if (attachPatch(found.spec, attachment) === null) return {};
      if (hot && !attachment.inserted) await this.#plug(operation, attachment, as);
      else await this.#patch(operation, found, attachPatch(found.spec, attachment), as);
      return {};
    });
  }

  /** Taking out what is not there any more is success. */
  detach(operation: OperationRecord, { uid, hot, claim, volume, eject }: DetachInput): Promise<Notes> {
    return this.asks.run(operation, 'disks:attach', async (as) => {
      const found = await this.#machine(operation, uid);
      const patch = (eject ? ejectPatch : detachPatch)(found.spec, claim);
      if (hot && !eject) await this.#unplug(operation, volume, as);
      else if (patch) await this.#patch(operation, found, patch, as);
      const { namespace } = operation.project;
      // A disk that was made with the machine would go with it.
      if (!hot) {
        await this.#disown(DATA_VOLUME, namespace, claim, uid, as);
        await this.#disown(PERSISTENT_VOLUME_CLAIM, namespace, claim, uid, as);
      }
      return {};
    });
  }

  async #machine({ project, target }: OperationRecord, uid: string): Promise<ClusterObject> {
    const found = await this.asks.find(VIRTUAL_MACHINE, project.namespace, target.name);
    if (found?.metadata.uid !== uid) throw vmVanished();
    return found;
  }

  async #patch(
    { project, target }: OperationRecord,
    found: ClusterObject,
    patch: object | null,
    as: Impersonation,
  ): Promise<void> {
    const { uid, resourceVersion } = found.metadata;
    const body = { metadata: { uid, resourceVersion }, ...patch };
    await this.asks.cluster.patch(
      VIRTUAL_MACHINE,
      project.namespace,
      target.name,
      { type: 'merge', body },
      { as, from: found },
    );
  }

  /** AddVolumeOptions, kept on the VirtualMachine so that the disk is there after a restart as well. */
  async #plug(
    { project, target }: OperationRecord,
    attachment: Attachment,
    as: Impersonation,
  ): Promise<void> {
    const { volume: name, claim: claimName, readOnly } = attachment;
    const disk = diskDevice(attachment);
    const claim = { claimName, hotpluggable: true, ...(readOnly && { readOnly: true }) };
    const body = { name, disk, volumeSource: { persistentVolumeClaim: claim } };
    const { namespace } = project;
    await this.asks.cluster.subresource(namespace, 'virtualmachines', target.name, 'addvolume', { body, as });
  }

  async #unplug({ project, target }: OperationRecord, name: string, as: Impersonation): Promise<void> {
    try {
      const request = { body: { name }, as };
      await this.asks.cluster.subresource(
        project.namespace,
        'virtualmachines',
        target.name,
        'removevolume',
        request,
      );
    } catch (error) {
      const { live, wanted } = this.observe({ project, target } as OperationRecord, name);
      // KubeVirt has no code for "is not there": what is watched says it.
      if ((live || wanted) && !isCode(error, 'cluster.not_found')) throw error;
    }
  }

  async #disown(
    kind: ResourceKind,
    namespace: string,
    name: string,
    uid: string,
    as: Impersonation,
  ): Promise<void> {
    const found = await this.asks.find(kind, namespace, name);
    const owners = found?.metadata.ownerReferences ?? [];
    const others = owners.filter((owner) => owner.uid !== uid);
    if (!found || others.length === owners.length) return;
    const { resourceVersion } = found.metadata;
    const body = { metadata: { resourceVersion, ownerReferences: others.length > 0 ? others : null } };
    await this.asks.cluster.patch(kind, namespace, name, { type: 'merge', body }, { as });
  }
}

/** `vm.attach-disk`. */
@Injectable()
export class AttachMachine implements OperationMachine<VolumeObserved> {
  readonly kind = ATTACH_KIND.kind;

  constructor(private readonly volumes: VolumeAsks) {}

  observe(operation: OperationRecord): VolumeObserved {
    return this.volumes.observe(operation, attachInput(operation).attachment.volume);
  }

  next(operation: OperationRecord, observed: VolumeObserved, now: Date) {
    return nextOfAttach(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Notes> {
    if (step === 'attach') return this.volumes.attach(operation);
    if (step === 'roll-back') return this.volumes.detach(operation, undoing(attachInput(operation)));
    return {};
  }
}

const undoing = ({ uid, hot, attachment: { claim, volume, inserted } }: AttachInput): DetachInput => ({
  uid,
  hot,
  claim,
  volume,
  eject: inserted ?? false,
});

/** `vm.detach-disk`. */
@Injectable()
export class DetachMachine implements OperationMachine<VolumeObserved> {
  readonly kind = DETACH_KIND.kind;

  constructor(private readonly volumes: VolumeAsks) {}

  observe(operation: OperationRecord): VolumeObserved {
    return this.volumes.observe(operation, detachInput(operation).volume);
  }

  next(operation: OperationRecord, observed: VolumeObserved, now: Date) {
    return nextOfDetach(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Notes> {
    return step === 'detach' ? this.volumes.detach(operation, detachInput(operation)) : {};
  }
}
