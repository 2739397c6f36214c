import { lockCauses } from '../admission/vm-lock-rules.js';
import { controllerOf } from '../controllers/ownership.js';
import { editable, VMIS, VMS } from '../controllers/reconciliation.js';
import { isHotplug } from '../controllers/vm-data-volumes.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { badRequest, conflict, internal } from './kubevirt-refusals.js';
import {
  ACCEPTED,
  instanceOf,
  isDryRun,
  machineOf,
  optionsOf,
  type SubresourceContext,
} from './subresource-context.js';

type Kind = 'virtualmachine' | 'virtualmachineinstance';
type Edit = (spec: Untyped, options: Untyped, refuse: (why: string) => Error) => void;

/** @see KubeVirt pkg/virt-api/rest/volumes.go */
export const addMachineVolume = (context: SubresourceContext, request: SubresourceRequest) =>
  onMachine(context, request, checkAdd, addVolume);
export const removeMachineVolume = (context: SubresourceContext, request: SubresourceRequest) =>
  onMachine(context, request, checkRemove, removeVolume);
export const addInstanceVolume = (context: SubresourceContext, request: SubresourceRequest) =>
  onInstance(context, request, checkAdd, addVolume);
export const removeInstanceVolume = (context: SubresourceContext, request: SubresourceRequest) =>
  onInstance(context, request, checkRemove, removeVolume);

function onMachine(
  context: SubresourceContext,
  request: SubresourceRequest,
  check: (options: Untyped) => void,
  edit: Edit,
): SubresourceResponse {
  const options = bodyOf(request);
  check(options);
  const dryRun = isDryRun(options);
  const vm = machineOf(context, request);
  const changed = editable(vm);
  edit(changed.spec.template.spec, options, refusalOf('virtualmachine', vm));
  const locked = lockCauses(changed.spec, vm)[0];
  if (locked) {
    throw internal(
      `admission webhook "virtualmachine-validator.kubevirt.io" denied the request: ${locked.message}`,
    );
  }
  if (!dryRun) context.store.update(VMS, changed);
  return ACCEPTED;
}

function onInstance(
  context: SubresourceContext,
  request: SubresourceRequest,
  check: (options: Untyped) => void,
  edit: Edit,
): SubresourceResponse {
  const options = bodyOf(request);
  check(options);
  const dryRun = isDryRun(options);
  const vmi = instanceOf(context, request);
  if (controllerOf(vmi, 'VirtualMachine')) throw badRequest(`VMI ${vmi.metadata.name} is owned by a VM`);
  const refuse = refusalOf('virtualmachineinstance', vmi);
  if (vmi.status?.phase !== 'Running') throw refuse('VMI is not running');
  const changed = editable(vmi);
  edit(changed.spec, options, refuse);
  if (!dryRun) context.store.update(VMIS, changed);
  return ACCEPTED;
}

function bodyOf(request: SubresourceRequest): Untyped {
  if (request.body === undefined || request.body === null) {
    throw badRequest('Request with no body, a new name is expected as the request body');
  }
  return optionsOf(request);
}

const refusalOf = (kind: Kind, object: KubeObject) => (why: string) =>
  conflict(kind, object.metadata.name, why);

function checkAdd(options: Untyped): void {
  const { name, disk, volumeSource } = options;
  if (!name) throw badRequest('AddVolumeOptions requires name to be set');
  if (!disk) throw badRequest('AddVolumeOptions requires disk to not be nil');
  if (!volumeSource) throw badRequest('AddVolumeOptions requires VolumeSource to not be nil');
  const claim = volumeSource.dataVolume?.name ?? volumeSource.persistentVolumeClaim?.claimName;
  if (!claim) {
    throw badRequest('AddVolumeOptions requires VolumeSource to have either a PVC or a DataVolume');
  }
  const bus = (disk.disk ?? disk.lun ?? disk.cdrom)?.bus ?? 'scsi';
  if (bus !== 'scsi') throw badRequest(`hotplugged Disk ${name} does not use a scsi bus`);
}

function checkRemove({ name }: Untyped): void {
  if (!name) throw badRequest('RemoveVolumeOptions requires name to be set');
}

const addVolume: Edit = (spec, { name, disk, volumeSource }, refuse) => {
  const claim = claimOf(volumeSource);
  for (const volume of spec.volumes ?? []) {
    if (volume.name === name) {
      throw refuse(`Unable to add volume [${name}] because volume with that name already exists`);
    }
    if (claimOf(volume) === claim) {
      throw refuse(`Unable to add volume source [${claim}] because it already exists`);
    }
  }
  const source = volumeSource.dataVolume
    ? { dataVolume: { ...volumeSource.dataVolume, hotpluggable: true } }
    : { persistentVolumeClaim: { ...volumeSource.persistentVolumeClaim, hotpluggable: true } };
  const target = disk.lun ? 'lun' : disk.cdrom ? 'cdrom' : 'disk';
  spec.volumes = [...(spec.volumes ?? []), { name, ...source }];
  spec.domain.devices ??= {};
  spec.domain.devices.disks = [
    ...(spec.domain.devices.disks ?? []),
    { ...disk, name, [target]: { ...disk[target], bus: 'scsi' } },
  ];
};

const removeVolume: Edit = (spec, { name }, refuse) => {
  const volume = (spec.volumes ?? []).find((one: Untyped) => one.name === name);
  if (!volume) throw refuse(`Unable to remove volume [${name}] because it does not exist`);
  if (!isHotplug(volume)) throw refuse(`Unable to remove volume [${name}] because it is not hotpluggable`);
  spec.volumes = spec.volumes.filter((one: Untyped) => one.name !== name);
  const { devices } = spec.domain;
  devices.disks = (devices.disks ?? []).filter((one: Untyped) => one.name !== name);
};

function claimOf(volume: Untyped): string | undefined {
  return volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
}
