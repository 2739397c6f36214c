import type { KubeObject, Untyped } from '../store/kube-object.js';
import { findCondition } from './conditions.js';
import { claimFor, requestedBytes } from './data-volume-claim.js';
import { volumeConditions } from './data-volume-conditions.js';
import { controlledBy, isControlledBy, ownerKey } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  DATA_VOLUMES,
  type DiskState,
  editable,
  type Reconciliation,
  sameValue,
  statusChange,
  type World,
} from './reconciliation.js';

const COMPONENT = 'datavolume-import-controller';
const QUOTA = 'ErrExceededQuota';
const PREFIX = 'cdi.kubevirt.io/storage.';

/** CDI's part: a claim for each DataVolume, filled from its source, with retries for as long as it takes. */
export const dataVolumeController: Controller = {
  name: 'datavolume',
  resource: DATA_VOLUMES,
  reconcile: reconcileDataVolume,
  onRefused: claimRefused,
  watches: {
    [CLAIMS]: ownerKey('DataVolume'),
    // Room in a quota lets in what was refused.
    resourcequotas: ({ metadata: { namespace } }, world) =>
      world
        .list(DATA_VOLUMES, namespace)
        .filter((volume) => findCondition(volume, 'Running')?.reason === QUOTA)
        .map((volume) => `${namespace}/${volume.metadata.name}`),
  },
};

export function reconcileDataVolume(volume: KubeObject, world: World): Reconciliation {
  if (volume.metadata.deletionTimestamp) return { changes: [] };
  const prepared = prepare(volume);
  if (prepared) return { changes: [prepared] };
  const claim = world.get(CLAIMS, volume.metadata.namespace, volume.metadata.name);
  if (!claim) return withoutClaim(volume, world);
  if (!isControlledBy(claim, volume.metadata.uid)) return adopt(volume, claim, world);
  if (claim.metadata.deletionTimestamp) return { changes: [] };
  const facts: Facts =
    claim.status?.phase === 'Bound'
      ? bound(volume, claim, world)
      : { phase: 'Pending', running: {}, changes: [] };
  return settle(volume, claim, facts, world);
}

/** The sandbox fills claims itself, without volume populators; CDI says so on the DataVolume. */
function prepare(volume: KubeObject): Change | undefined {
  const key = `${PREFIX}usePopulator`;
  if (volume.metadata.annotations?.[key] !== undefined) return undefined;
  const wanted = editable(volume);
  wanted.metadata.annotations = { ...volume.metadata.annotations, [key]: 'false' };
  return { kind: 'update', resource: DATA_VOLUMES, object: wanted };
}

interface Facts {
  phase: 'Pending' | 'PVCBound' | 'ImportScheduled' | 'ImportInProgress' | 'Succeeded';
  progress?: string;
  restartCount?: number;
  running: { status?: 'True' | 'False'; reason?: string; message?: string };
  changes: Change[];
  requeueAfterMs?: number;
}

function withoutClaim(volume: KubeObject, world: World): Reconciliation {
  const status = {
    ...volume.status,
    claimName: volume.metadata.name,
    phase: 'Pending',
    progress: 'N/A',
    conditions: volumeConditions(
      volume,
      [
        { type: 'Bound', status: 'Unknown', reason: 'NotFound', message: 'No PVC found' },
        { type: 'Ready', status: 'False', reason: 'NotFound' },
        { type: 'Running', status: 'False', reason: 'NotFound' },
      ],
      world,
    ),
  };
  return {
    changes: [
      { kind: 'create', resource: CLAIMS, object: claimFor(volume, world) },
      event(volume, 'NotFound', 'No PVC found'),
      event(volume, 'Pending', `PVC ${volume.metadata.name} Pending`),
      ...statusChange(DATA_VOLUMES, volume, status),
    ],
  };
}

/** The claim may not be made: CDI says so on the DataVolume and tries again. */
export function claimRefused(volume: KubeObject, message: string, world: World): Change[] {
  const status = {
    ...volume.status,
    claimName: volume.metadata.name,
    phase: 'Pending',
    progress: 'N/A',
    conditions: volumeConditions(
      volume,
      [
        { type: 'Bound', status: 'Unknown', reason: QUOTA, message },
        { type: 'Ready', status: 'False', reason: QUOTA },
        { type: 'Running', status: 'False', reason: QUOTA, message },
      ],
      world,
    ),
  };
  const said = statusChange(DATA_VOLUMES, volume, status);
  if (said.length === 0) return [];
  return [...said, { ...event(volume, QUOTA, message), type: 'Warning' } as Change];
}

/** A claim of that name is there already: taken as it is where nobody else owns it, refused otherwise. */
function adopt(volume: KubeObject, claim: KubeObject, world: World): Reconciliation {
  const owned = (claim.metadata.ownerReferences ?? []).some((reference) => reference.controller);
  if (!owned && volume.metadata.annotations?.['cdi.kubevirt.io/allowClaimAdoption'] === 'true') {
    const adopted = editable(claim);
    adopted.metadata.ownerReferences = [...(claim.metadata.ownerReferences ?? []), controlledBy(volume)];
    return { changes: [{ kind: 'update', resource: CLAIMS, object: adopted }] };
  }
  const message = `Resource "${claim.metadata.name}" already exists and is not managed by DataVolume`;
  const status = {
    ...volume.status,
    phase: 'Pending',
    progress: 'N/A',
    conditions: volumeConditions(
      volume,
      [
        { type: 'Bound', status: 'False', reason: 'ErrResourceExists', message },
        { type: 'Ready', status: 'False', reason: 'ErrResourceExists', message },
        { type: 'Running', status: 'False', reason: 'ErrResourceExists', message },
      ],
      world,
    ),
  };
  return {
    changes: [
      ...statusChange(DATA_VOLUMES, volume, status),
      { ...event(volume, 'ErrResourceExists', message), type: 'Warning' } as Change,
    ],
    requeueAfterMs: 10_000,
  };
}

function bound(volume: KubeObject, claim: KubeObject, world: World): Facts {
  const disk = world.disk(claim.metadata.uid);
  if (volume.status?.phase === 'Succeeded' || disk.state === 'ready') return succeeded(volume, claim);
  if (disk.state === 'working') {
    const known = disk.percent !== undefined;
    return {
      phase: 'ImportInProgress',
      progress: known ? `${(disk.percent as number).toFixed(1)}%` : 'N/A',
      running: { status: 'True', reason: 'Pod is running' },
      changes:
        volume.status?.phase === 'ImportInProgress'
          ? []
          : [event(volume, 'ImportInProgress', `Import into ${claim.metadata.name} in progress`)],
    };
  }
  const url = volume.spec.source?.http?.url;
  const retryMs = disk.state === 'failed' ? disk.retryAt.getTime() - world.now.getTime() : 0;
  const due = retryMs <= 0 && url !== undefined;
  return {
    phase: disk.state === 'failed' ? 'ImportInProgress' : 'ImportScheduled',
    progress: 'N/A',
    restartCount: disk.state === 'failed' ? disk.failures : undefined,
    running: failureOf(disk),
    changes: due ? [importInto(volume, claim, url)] : [],
    requeueAfterMs: retryMs > 0 ? retryMs : undefined,
  };
}

function failureOf(disk: DiskState): Facts['running'] {
  if (disk.state !== 'failed') return { status: 'False', reason: 'Pending' };
  return { status: 'False', reason: 'Error', message: disk.message };
}

function importInto(volume: KubeObject, claim: KubeObject, url: string): Change {
  return {
    kind: 'disk',
    command: {
      do: 'import',
      claimUid: claim.metadata.uid,
      url,
      sizeBytes: requestedBytes(volume) ?? 0n,
      notify: volume,
    },
  };
}

function succeeded(volume: KubeObject, claim: KubeObject): Facts {
  const first = volume.status?.phase !== 'Succeeded';
  const imported = volume.spec.source?.http !== undefined;
  const { name } = claim.metadata;
  return {
    phase: 'Succeeded',
    progress: '100.0%',
    restartCount: volume.status?.restartCount,
    running: {
      status: 'False',
      reason: 'Completed',
      message: imported ? 'Import Complete' : 'Blank disk created',
    },
    changes: first ? [event(volume, 'ImportSucceeded', `Successfully imported into PVC ${name}`)] : [],
  };
}

function settle(volume: KubeObject, claim: KubeObject, facts: Facts, world: World): Reconciliation {
  const { name } = claim.metadata;
  const isBound = facts.phase !== 'Pending';
  const wanted = [
    isBound
      ? { type: 'Bound', status: 'True', reason: 'Bound', message: `PVC ${name} Bound` }
      : { type: 'Bound', status: 'False', reason: 'Pending', message: `PVC ${name} Pending` },
    facts.phase === 'Succeeded'
      ? { type: 'Ready', status: 'True' }
      : { type: 'Ready', status: 'False', reason: facts.running.reason ?? 'Pending' },
    { type: 'Running', status: 'False', ...facts.running },
  ];
  const status: Untyped = {
    ...volume.status,
    claimName: name,
    phase: facts.phase,
    progress: facts.progress ?? 'N/A',
    conditions: volumeConditions(volume, wanted, world),
  };
  if (facts.restartCount) status.restartCount = facts.restartCount;
  const changes: Change[] = [...facts.changes, ...annotate(claim, facts)];
  if (isBound && volume.status?.phase === 'Pending')
    changes.push(event(volume, 'Bound', `PVC ${name} Bound`));
  if (facts.running.reason === 'Error' && facts.restartCount !== volume.status?.restartCount) {
    changes.push({ ...event(volume, 'Error', facts.running.message ?? ''), type: 'Warning' } as Change);
  }
  changes.push(...statusChange(DATA_VOLUMES, volume, status));
  return { changes, requeueAfterMs: facts.requeueAfterMs };
}

/** What CDI leaves on the claim of the import's course. */
function annotate(claim: KubeObject, facts: Facts): Change[] {
  const wanted = editable(claim);
  const { running } = facts;
  wanted.metadata.annotations = {
    ...claim.metadata.annotations,
    [`${PREFIX}condition.running`]: running.status === 'True' ? 'true' : 'false',
    [`${PREFIX}condition.running.message`]: running.message ?? '',
    [`${PREFIX}condition.running.reason`]: running.reason ?? '',
    [`${PREFIX}pod.phase`]: facts.phase === 'Succeeded' ? 'Succeeded' : 'Running',
    [`${PREFIX}pod.restarts`]: String(facts.restartCount ?? 0),
  };
  if (facts.phase === 'Pending' || sameValue(wanted.metadata, claim.metadata)) return [];
  return [{ kind: 'update', resource: CLAIMS, object: wanted }];
}

function event(volume: KubeObject, reason: string, message: string): Change {
  return { kind: 'event', regarding: volume, type: 'Normal', reason, message, component: COMPONENT };
}
