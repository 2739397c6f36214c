import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { requestInvalid } from '../../../kernel/failures.js';
import { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { DisksContract } from '../../disks/disks.contract.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { ATTACH_KIND, DETACH_KIND } from '../attach-kinds.js';
import { MachineCaches } from '../data/machine-caches.js';
import { VolumeCaches } from '../data/volume-caches.js';
import { attachRefusal } from '../domain/attach-refusal.js';
import {
  type AttachBody,
  type Attachment,
  vmBootDisk,
  vmDiskAttached,
  vmDiskNotAttached,
  vmMustBeStopped,
} from '../domain/attachment.js';
import { vmBeingDeleted, vmNotFound } from '../domain/failures.js';
import { MachineWork } from '../machine-work.contract.js';

/** Puts a disk into a virtual machine, hot where it runs, and takes it out again. */
@Injectable()
export class AttachDisk {
  constructor(
    private readonly caches: MachineCaches,
    private readonly volumes: VolumeCaches,
    private readonly disks: DisksContract,
    private readonly work: MachineWork,
    private readonly capabilities: ClusterCapabilities,
  ) {}

  async attach(caller: Caller, name: string, body: AttachBody): Promise<Outcome> {
    const { uid, running } = this.#machine(caller, name);
    const { namespace } = caller.project;
    const disk = this.disks.find(caller.project, body.disk);
    const wanted = specifyAttachment(body, running);
    const attachment = wanted.kind === 'cdrom' ? await this.#disc(wanted, namespace, name, running) : wanted;
    const has = this.volumes.machines.get(namespace, name)?.volumes.some(({ claim }) => claim === body.disk);
    const refusal = has
      ? vmDiskAttached(`The virtual machine "${name}" has the disk "${body.disk}" already.`)
      : attachRefusal(disk, attachment, { machine: name, running });
    const how = running ? 'at once, while it runs' : 'for its next start';
    const effect = `It attaches the disk "${body.disk}" to the virtual machine "${name}", ${how}.`;
    const request = { kind: ATTACH_KIND.kind, name, input: { uid, hot: running, attachment } };
    return this.#begin(caller, request, refusal, effect);
  }

  /**
   * Into a drive that is empty, where there is one. KubeVirt changes discs under a running machine by its gate
   * DeclarativeHotplugVolumes; but a machine that boots from a disc needs it from its first moment.
   */
  async #disc(wanted: Attachment, namespace: string, name: string, running: boolean): Promise<Attachment> {
    const { featureGates } = await this.capabilities.current();
    // The older gate goes before the newer one, and knows no discs.
    const removable = featureGates.DeclarativeHotplugVolumes === true && featureGates.HotplugVolumes !== true;
    const ofInstance = this.volumes.instances.get(namespace, name)?.emptyDrives;
    const drive = this.volumes.machines
      .get(namespace, name)
      ?.emptyDrives.find((one) => !running || ofInstance?.includes(one));
    const boots = wanted.bootOrder !== null;
    if (!removable || drive === undefined || boots) return { ...wanted, removable: removable && !boots };
    return { ...wanted, removable, volume: drive, inserted: true };
  }

  /** `disk`: its name, or that of its volume within the machine. */
  async detach(caller: Caller, name: string, disk: string): Promise<Outcome> {
    const { uid, running } = this.#machine(caller, name);
    const { namespace } = caller.project;
    const volumes = this.volumes.machines.get(namespace, name)?.volumes ?? [];
    const live = this.volumes.instances.get(namespace, name)?.volumes ?? [];
    const all = [...volumes, ...live].filter(({ claim }) => claim !== null);
    const found = all.find(({ claim }) => claim === disk) ?? all.find(({ volume }) => volume === disk);
    if (!found) throw vmDiskNotAttached(`The virtual machine "${name}" has no disk "${disk}".`);
    const boots = this.volumes.machines.get(namespace, name)?.bootVolume === found.volume;
    const plugged = live.find(({ volume }) => volume === found.volume);
    const refusal = boots
      ? vmBootDisk(`The virtual machine "${name}" boots from the disk "${disk}".`)
      : running && plugged && !plugged.hotpluggable
        ? vmMustBeStopped(
            `The disk "${disk}" was there when the machine started: only a stopped one lets go of it.`,
          )
        : null;
    const eject = running && found.cdrom;
    const input = { uid, hot: running, claim: found.claim, volume: found.volume, eject };
    const effect = `It detaches the disk "${disk}" from the virtual machine "${name}"; the disk stays.`;
    return this.#begin(caller, { kind: DETACH_KIND.kind, name, input }, refusal, effect);
  }

  #machine({ project: { namespace } }: Caller, name: string): { uid: string; running: boolean } {
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    if (machine.deleting) throw vmBeingDeleted();
    const instance = this.caches.instances.get(namespace, name);
    const ended = instance?.phase === 'Succeeded' || instance?.phase === 'Failed';
    return { uid: machine.uid, running: instance !== undefined && !ended };
  }

  async #begin(
    caller: Caller,
    request: Parameters<MachineWork['begin']>[1],
    refusal: Failure | null,
    effect: string,
  ): Promise<Outcome> {
    if (!isDryRun()) return { operation: await this.work.begin(caller, request, refusal) };
    if (refusal) throw refusal;
    return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
  }
}

/** KubeVirt plugs scsi only into a running machine (virtio since 1.6, where a port is free). */
function specifyAttachment(body: AttachBody, running: boolean): Attachment {
  const kind = body.kind ?? 'disk';
  const fallback = kind === 'cdrom' ? 'sata' : kind === 'lun' || running ? 'scsi' : 'virtio';
  const bus = body.bus ?? fallback;
  const wrong =
    (kind === 'cdrom' && bus === 'virtio') ||
    (kind === 'lun' && bus !== 'scsi') ||
    (running && kind !== 'cdrom' && bus !== 'scsi');
  if (wrong) {
    const why = running
      ? 'While the machine runs, only bus scsi can be plugged in.'
      : `A ${kind} has another bus.`;
    throw requestInvalid(why, { errors: [{ pointer: '/bus', code: 'attach.bus', message: why }] });
  }
  if (body.shared && (kind === 'cdrom' || body.readOnly)) {
    const message =
      'What is only read is shared as it is: shared is for disks that several machines write to.';
    throw requestInvalid(message, { errors: [{ pointer: '/shared', code: 'attach.shared', message }] });
  }
  const bootOrder = body.bootOrder ?? null;
  if (bootOrder !== null && (bootOrder < 1 || bootOrder > 128)) {
    const message = 'bootOrder is a whole number from 1 to 128.';
    throw requestInvalid(message, {
      errors: [{ pointer: '/bootOrder', code: 'attach.boot_order', message }],
    });
  }
  return {
    claim: body.disk,
    volume: volumeName(body.disk),
    kind,
    bus,
    bootOrder,
    readOnly: body.readOnly ?? kind === 'cdrom',
    shared: body.shared ?? false,
  };
}

/** Volumes are named by DNS labels, and virtgate's own take these names. */
const TAKEN = new Set(['rootdisk', 'cloudinitdisk', 'sysprep']);

const volumeName = (disk: string): string =>
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(disk) && !TAKEN.has(disk)
    ? disk
    : `disk-${createHash('sha256').update(disk).digest('hex').slice(0, 16)}`;
