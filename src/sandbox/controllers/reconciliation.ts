import type { ImageSource } from '../nodes/disk-images.js';
import type { MigrationRequest } from '../nodes/guest-migration.js';
import type {
  AuthorizedKeys,
  GuestDisk,
  GuestInterface,
  GuestObservation,
  GuestSpec,
} from '../nodes/node-driver.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import type { DeleteOptions, ResourceName } from '../store/object-store.js';
import type { ProbeCommand, ProbeVerdict } from './probe-work.js';
import type { SnapshotCommand, SnapshotState } from './snapshot-work.js';
import type { SourceSight } from './source-poll.js';

/** What a reconcile function may look at: the store, the guests, the disk work, and the time. */
export interface World {
  readonly now: Date;
  get(resource: ResourceName, namespace: string | undefined, name: string): KubeObject | undefined;
  list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  guest(uid: string): GuestObservation | undefined;
  /** Why the last start of this guest was refused, and when to try again. */
  startError(uid: string): { message: string; retryAt: Date } | undefined;
  /** Why a disk was last not plugged into, or not taken out of, this guest; of a card, by `card <name>`; `size`. */
  plugError(uid: string, part: string): { message: string; retryAt: Date } | undefined;
  /** Which keys its guest was last given. */
  authorized(uid: string): { version: string; failure?: { message: string; retryAt: Date } } | undefined;
  /** Whether the power button of this guest was pressed, and with how many seconds of grace. */
  shutdownSignalled(uid: string): number | undefined;
  /** What the probes of a pod have come to; undefined for one that is not probed. */
  probes(podUid: string): ProbeVerdict | undefined;
  /** The image behind a claim, by the claim's uid. */
  disk(claimUid: string): DiskState;
  diskPath(claimUid: string): string;
  /** What was last seen of the source that an object watches, by the object's uid. */
  sourceSight(uid: string): SourceSight;
  /** The copies of disks that one VirtualMachineSnapshotContent, or one lone VolumeSnapshot, stands for. */
  snapshots(group: string): SnapshotState;
  snapshotPath(group: string, snapshotUid: string): string;
  /** Whether that copy lies on this machine. */
  hasSnapshot(group: string, snapshotUid: string): boolean;
}

export type DiskState =
  | { state: 'absent' }
  | { state: 'working'; percent?: number }
  | { state: 'ready'; bytes: bigint }
  | { state: 'failed'; message: string; failures: number; retryAt: Date };

export interface EventFacts {
  regarding: KubeObject;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
}

export type GuestCommand =
  | { do: 'start'; spec: GuestSpec }
  | { do: 'shutdown'; uid: string; gracePeriodSeconds: number }
  | { do: 'plug'; uid: string; disk: GuestDisk }
  | { do: 'unplug'; uid: string; name: string }
  | { do: 'resize'; uid: string; path: string; sizeBytes: bigint }
  | { do: 'plug-card'; uid: string; card: GuestInterface }
  | { do: 'unplug-card'; uid: string; name: string }
  | { do: 'grow'; uid: string; size: { vcpus: number; memoryBytes: bigint } }
  | { do: 'authorize'; uid: string; version: string; keys: AuthorizedKeys[] }
  | { do: 'prepare-migration'; uid: string; request: MigrationRequest }
  | { do: 'start-migration'; uid: string; id: string }
  | { do: 'cancel-migration'; uid: string; id: string }
  | { do: 'kill'; uid: string }
  | { do: 'remove'; uid: string };

export type DiskCommand =
  | ({
      do: 'import';
      claimUid: string;
      sizeBytes: bigint;
      checksum?: string;
      preallocate?: boolean;
      notify: KubeObject;
    } & ImageSource)
  | { do: 'blank'; claimUid: string; sizeBytes: bigint; preallocate?: boolean; notify: KubeObject }
  /** A copy of a raw image on this machine, grown to the size. */
  | { do: 'copy'; claimUid: string; source: string; sizeBytes: bigint; notify: KubeObject }
  | { do: 'grow'; claimUid: string; sizeBytes: bigint; notify: KubeObject }
  | { do: 'remove'; claimUid: string; notify: KubeObject };

export type Change =
  | { kind: 'create'; resource: ResourceName; object: NewObject }
  | { kind: 'update'; resource: ResourceName; object: KubeObject }
  | { kind: 'updateStatus'; resource: ResourceName; object: KubeObject }
  | {
      kind: 'delete';
      resource: ResourceName;
      namespace: string | undefined;
      name: string;
      options?: DeleteOptions;
    }
  | ({ kind: 'event' } & EventFacts)
  | { kind: 'guest'; command: GuestCommand }
  | { kind: 'probe'; command: ProbeCommand }
  /** Which version does the source have now? */
  | { kind: 'look'; object: KubeObject; source: ImageSource }
  | { kind: 'disk'; command: DiskCommand }
  | { kind: 'snapshot'; command: SnapshotCommand };

export interface Reconciliation {
  changes: Change[];
  /** Look again after this many milliseconds, whatever happens. */
  requeueAfterMs?: number;
}

/** One kind's controller: which objects it looks after, and which changes elsewhere concern them. */
export interface Controller {
  name: string;
  resource: ResourceName;
  reconcile(object: KubeObject, world: World): Reconciliation;
  /** What to say when a create is refused (403: quota, for one). The reconcile is tried again all the same. */
  onRefused?(object: KubeObject, message: string, world: World): Change[];
  /** Other resources whose changes make objects of this kind worth a look: gives "namespace/name" keys. */
  watches?: Record<ResourceName, (object: KubeObject, world: World) => string[]>;
}

export const VMS = 'virtualmachines.kubevirt.io';
export const VMIS = 'virtualmachineinstances.kubevirt.io';
export const DATA_VOLUMES = 'datavolumes.cdi.kubevirt.io';
export const DATA_SOURCES = 'datasources.cdi.kubevirt.io';
export const DATA_IMPORT_CRONS = 'dataimportcrons.cdi.kubevirt.io';
export const STORAGE_PROFILES = 'storageprofiles.cdi.kubevirt.io';
export const NETWORK_DEFINITIONS = 'network-attachment-definitions.k8s.cni.cncf.io';
export const CLAIMS = 'persistentvolumeclaims';
export const VOLUMES = 'persistentvolumes';
export const PODS = 'pods';
export const NODES = 'nodes';
export const REVISIONS = 'controllerrevisions.apps';
export const VOLUME_SNAPSHOTS = 'volumesnapshots.snapshot.storage.k8s.io';
export const VOLUME_SNAPSHOT_CONTENTS = 'volumesnapshotcontents.snapshot.storage.k8s.io';
export const VOLUME_SNAPSHOT_CLASSES = 'volumesnapshotclasses.snapshot.storage.k8s.io';
export const MIGRATIONS = 'virtualmachineinstancemigrations.kubevirt.io';
export const MIGRATION_POLICIES = 'migrationpolicies.migrations.kubevirt.io';
export const KUBEVIRTS = 'kubevirts.kubevirt.io';
export const VM_SNAPSHOTS = 'virtualmachinesnapshots.snapshot.kubevirt.io';
export const VM_SNAPSHOT_CONTENTS = 'virtualmachinesnapshotcontents.snapshot.kubevirt.io';
export const VM_RESTORES = 'virtualmachinerestores.snapshot.kubevirt.io';
export const VM_CLONES = 'virtualmachineclones.clone.kubevirt.io';
export const VM_EXPORTS = 'virtualmachineexports.export.kubevirt.io';
export const STORAGE_CLASSES = 'storageclasses.storage.k8s.io';

/** A copy that may be changed; what the store hands out is frozen. */
export function editable(object: KubeObject): KubeObject {
  return structuredClone(object);
}

/** The status update that is needed, or none. */
export function statusChange(resource: ResourceName, before: KubeObject, status: Untyped): Change[] {
  if (sameValue(before.status ?? {}, status)) return [];
  return [{ kind: 'updateStatus', resource, object: { ...editable(before), status } }];
}

/** Deep equality of JSON values; a key that is undefined counts as absent. */
export function sameValue(left: Untyped, right: Untyped): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (!sameValue(left[key], right[key])) return false;
  }
  return true;
}
