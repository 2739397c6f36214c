import type { KubeObject, NewObject, OwnerReference, Untyped } from '../store/kube-object.js';
import { controlledBy, controllerOf } from './ownership.js';
import { quantityBytes } from './quantity.js';
import {
  type Change,
  CLAIMS,
  DATA_VOLUMES,
  editable,
  REVISIONS,
  VOLUME_SNAPSHOTS,
  type World,
} from './reconciliation.js';
import { restoreMark, type VolumeRestore } from './restored-machine.js';
import { backupsOf, snapshotRevisionName } from './vm-snapshot-content.js';

const RESTORE_NAME = 'restore.kubevirt.io/name';
const MARK = 'restore.kubevirt.io/restore-uid';
/** What the old claim's binding and import left on it is not true of the new one. */
const NOT_KEPT = /^(pv\.kubernetes\.io|volume\.(beta\.)?kubernetes\.io|cdi\.kubevirt\.io\/storage)/;

/** The names that the restored claims get. @see KubeVirt restore.go, generateRestorePVCName. */
export function volumeRestores(restore: KubeObject, content: KubeObject): VolumeRestore[] {
  const policy = restore.spec.volumeRestorePolicy ?? 'RandomizeNames';
  const overrides: Untyped[] = restore.spec.volumeRestoreOverrides ?? [];
  const templates: Untyped[] = content.spec.source.virtualMachine.spec.dataVolumeTemplates ?? [];
  return backupsOf(content).map(({ volumeName, volumeSnapshotName, persistentVolumeClaim }) => {
    const original: string = persistentVolumeClaim.metadata.name;
    const byPolicy: Record<string, string> = {
      InPlace: original,
      PrefixTargetName: `${restore.spec.target.name}-${volumeName}`,
    };
    const override = overrides.find((one) => one.volumeName === volumeName)?.restoreName;
    const name = override ?? byPolicy[policy] ?? `restore-${restore.metadata.uid}-${volumeName}`;
    const fromTemplate = templates.some((one) => one.metadata.name === original);
    return {
      volumeName,
      persistentVolumeClaim: name,
      volumeSnapshotName,
      ...(fromTemplate ? { dataVolumeName: name } : {}),
    };
  });
}

/**
 * What is still to be done until all restored claims are there and filled; undefined when they are. A claim
 * of that name that is not of this restore makes way (InPlace); nothing but waiting gives an empty list.
 */
export function claimsToMake(
  restore: KubeObject,
  content: KubeObject,
  restores: readonly VolumeRestore[],
  target: KubeObject | undefined,
  world: World,
): Change[] | undefined {
  const { namespace } = restore.metadata;
  const changes: Change[] = [];
  let filled = true;
  for (const one of restores) {
    const claim = world.get(CLAIMS, namespace, one.persistentVolumeClaim);
    if (claim?.metadata.annotations?.[MARK] === restoreMark(restore)) {
      if (world.disk(claim.metadata.uid).state !== 'ready') filled = false;
      continue;
    }
    filled = false;
    if (!claim)
      changes.push({ kind: 'create', resource: CLAIMS, object: claimFor(restore, content, one, world) });
    else if (target) changes.push(...makeWay(claim, world));
  }
  return filled ? undefined : changes;
}

/** A DataVolume would make its claim again, so it goes with it. */
function makeWay(claim: KubeObject, world: World): Change[] {
  const { namespace, name } = claim.metadata;
  const volume = controllerOf(claim, 'DataVolume');
  const changes: Change[] = [];
  if (volume && world.get(DATA_VOLUMES, namespace, volume.name)) {
    changes.push({ kind: 'delete', resource: DATA_VOLUMES, namespace, name: volume.name });
  }
  if (!claim.metadata.deletionTimestamp) changes.push({ kind: 'delete', resource: CLAIMS, namespace, name });
  return changes;
}

function claimFor(restore: KubeObject, content: KubeObject, one: VolumeRestore, world: World): NewObject {
  const { namespace, name } = restore.metadata;
  const backup = backupsOf(content).find(({ volumeName }) => volumeName === one.volumeName);
  const { metadata, spec } = backup?.persistentVolumeClaim ?? { metadata: {}, spec: {} };
  const snapshot = world.get(VOLUME_SNAPSHOTS, namespace, one.volumeSnapshotName);
  const requested = spec.resources?.requests?.storage;
  const needed = quantityBytes(snapshot?.status?.restoreSize) ?? 0n;
  // A disk that was grown since it was claimed does not fit into what was claimed at first.
  const storage = (quantityBytes(requested) ?? 0n) < needed ? String(needed) : requested;
  const kept = Object.entries<string>(metadata.annotations ?? {}).filter(([key]) => !NOT_KEPT.test(key));
  const {
    volumeName: _volume,
    dataSource: _source,
    dataSourceRef: _reference,
    ...rest
  } = structuredClone(spec);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: one.persistentVolumeClaim,
      namespace,
      labels: {
        ...metadata.labels,
        'restore.kubevirt.io/source-vm-name': content.spec.source.virtualMachine.metadata.name,
        'restore.kubevirt.io/source-vm-namespace': namespace,
      },
      annotations: { ...Object.fromEntries(kept), [RESTORE_NAME]: name, [MARK]: restoreMark(restore) },
      // Until the machine stands on it, it is the restore's, and goes when that is given up.
      ownerReferences: [ownedBy(restore)],
    },
    spec: {
      ...rest,
      resources: { requests: { storage } },
      dataSource: {
        apiGroup: 'snapshot.storage.k8s.io',
        kind: 'VolumeSnapshot',
        name: one.volumeSnapshotName,
      },
    },
  };
}

function ownedBy(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, blockOwnerDeletion: true };
}

/**
 * Claims of the machine's templates are left to the DataVolumes that adopt them; the others become the
 * machine's, unless `volumeOwnershipPolicy` is None. Revisions made for a new machine become its own too.
 */
export function ownRestoredClaims(
  restore: KubeObject,
  target: KubeObject,
  restores: readonly VolumeRestore[],
  world: World,
): Change[] {
  const { namespace } = restore.metadata;
  const changes: Change[] = [];
  for (const { persistentVolumeClaim, dataVolumeName } of restores) {
    const claim = world.get(CLAIMS, namespace, persistentVolumeClaim);
    const present = claim?.metadata.ownerReferences ?? [];
    if (!claim || !present.some((one) => one.uid === restore.metadata.uid)) continue;
    const owned = editable(claim);
    const others = present.filter((one) => one.uid !== restore.metadata.uid);
    const toMachine = !dataVolumeName && restore.spec.volumeOwnershipPolicy !== 'None';
    owned.metadata.ownerReferences = toMachine ? [...others, ownedBy(target)] : others;
    changes.push({ kind: 'update', resource: CLAIMS, object: owned });
  }
  for (const field of ['instancetype', 'preference'] as const) {
    const revision = world.get(REVISIONS, namespace, target.spec[field]?.revisionName ?? '');
    if (!revision || (revision.metadata.ownerReferences ?? []).length > 0) continue;
    const owned = editable(revision);
    owned.metadata.ownerReferences = [controlledBy(target)];
    changes.push({ kind: 'update', resource: REVISIONS, object: owned });
  }
  return changes;
}

/** Copies of the instance type and preference as they were snapshotted, where the machine's own are gone. */
export function revisionsToMake(machine: NewObject, content: KubeObject, world: World): Change[] {
  const { namespace } = content.metadata;
  const source = content.spec.source.virtualMachine;
  return (['instancetype', 'preference'] as const).flatMap((field): Change[] => {
    const revisionName: string | undefined = source.spec[field]?.revisionName;
    if (!revisionName || machine.spec[field]?.revisionName !== revisionName) return [];
    const isNew = machine.metadata.name !== source.metadata.name;
    if (!isNew && world.get(REVISIONS, namespace, revisionName)) return [];
    const rest = revisionName.replace(`${source.metadata.name}-`, '');
    const name = isNew ? `${machine.metadata.name}-${rest}` : revisionName;
    machine.spec[field].revisionName = name;
    const saved = world.get(
      REVISIONS,
      namespace,
      snapshotRevisionName(content, revisionName, source.metadata.name),
    );
    if (!saved || world.get(REVISIONS, namespace, name)) return [];
    const metadata = { name, namespace, labels: structuredClone(saved.metadata.labels) };
    const { data, revision } = saved;
    const object = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata,
      data: structuredClone(data),
      revision,
    };
    return [{ kind: 'create', resource: REVISIONS, object }];
  });
}
