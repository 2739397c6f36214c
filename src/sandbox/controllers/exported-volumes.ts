import type { KubeObject, Untyped } from '../store/kube-object.js';
import { usableBytes } from './claim-size.js';
import { quantityBytes } from './quantity.js';
import {
  CLAIMS,
  VM_SNAPSHOT_CONTENTS,
  VM_SNAPSHOTS,
  VMS,
  VOLUME_SNAPSHOTS,
  type World,
} from './reconciliation.js';
import { claimNames } from './vm-data-volumes.js';
import { contentNameOf } from './vm-snapshot.js';
import { backupsOf } from './vm-snapshot-content.js';
import { snapshotImage, writerOf } from './volume-snapshot.js';

export interface ExportedVolume {
  name: string;
  /** Absolute path of the raw image. */
  path: string;
  /** Bytes of the disk as it was claimed. */
  sizeBytes: bigint;
}

/** What an export's source holds at the moment. */
export type ExportedSource =
  | { state: 'ready'; volumes: ExportedVolume[]; machine?: Untyped }
  /** `reason` is one word, as KubeVirt's conditions have it. */
  | { state: 'pending'; reason: string; message: string }
  | { state: 'empty' };

const pending = (reason: string, message: string): ExportedSource => ({ state: 'pending', reason, message });

/** @see KubeVirt pkg/storage/export/export, one file for each kind of source. */
export function exportedSource(wanted: KubeObject, world: World): ExportedSource {
  const { namespace } = wanted.metadata;
  const { kind, name } = wanted.spec.source;
  switch (kind) {
    case 'PersistentVolumeClaim':
      return claims([name], namespace, world);
    case 'VirtualMachine':
      return ofMachine(name, namespace, world);
    case 'VirtualMachineSnapshot':
      return ofSnapshot(wanted, world);
    default:
      return pending('Unknown', `Sources of kind ${kind} cannot be exported`);
  }
}

function claims(
  names: string[],
  namespace: string | undefined,
  world: World,
  machine?: Untyped,
): ExportedSource {
  const volumes: ExportedVolume[] = [];
  for (const name of names) {
    const claim = world.get(CLAIMS, namespace, name);
    if (!claim) return pending('NotFound', `pvc ${name} not found`);
    if (claim.status?.phase !== 'Bound') return pending('PVCPending', `pvc ${name} is not bound`);
    if (world.disk(claim.metadata.uid).state !== 'ready') {
      return pending('Populating', `Not all volumes in the Virtual Machine are populated: ${name}`);
    }
    const sizeBytes = usableBytes(claim, world);
    volumes.push({ name, path: world.diskPath(claim.metadata.uid), sizeBytes });
  }
  if (writerOf(names, namespace, world) !== undefined) {
    return pending('InUse', `pvc ${names.join(', ')} is in use by a running virtual machine`);
  }
  return { state: 'ready', volumes, machine };
}

function ofMachine(name: string, namespace: string | undefined, world: World): ExportedSource {
  const vm = world.get(VMS, namespace, name);
  if (!vm) return pending('NotFound', `Virtual Machine ${namespace}/${name} not found`);
  const names = [...claimNames(vm.spec.template?.spec?.volumes).values()];
  if (names.length === 0) return { state: 'empty' };
  return claims(names, namespace, world, { metadata: vm.metadata, spec: vm.spec });
}

/** The copies themselves: nothing has to be restored to be read here. */
function ofSnapshot(wanted: KubeObject, world: World): ExportedSource {
  const { namespace } = wanted.metadata;
  const { name } = wanted.spec.source;
  const snapshot = world.get(VM_SNAPSHOTS, namespace, name);
  if (!snapshot) return pending('NotFound', `VirtualMachineSnapshot ${namespace}/${name} not found`);
  const content = world.get(VM_SNAPSHOT_CONTENTS, namespace, contentNameOf(snapshot));
  if (!snapshot.status?.readyToUse || !content) {
    return pending('NotReady', `VirtualMachineSnapshot ${namespace}/${name} is not ready to use`);
  }
  const backups = backupsOf(content);
  if (backups.length === 0) return { state: 'empty' };
  const volumes: ExportedVolume[] = [];
  for (const { volumeName, volumeSnapshotName } of backups) {
    const copy = world.get(VOLUME_SNAPSHOTS, namespace, volumeSnapshotName);
    const path = copy && snapshotImage(copy, world);
    if (!path) return pending('NotReady', `VolumeSnapshot ${volumeSnapshotName} is not ready to use`);
    const sizeBytes = quantityBytes(copy.status.restoreSize) ?? 0n;
    volumes.push({ name: `${wanted.metadata.name}-${volumeName}`, path, sizeBytes });
  }
  return { state: 'ready', volumes, machine: content.spec.source.virtualMachine };
}
