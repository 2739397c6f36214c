import type { KubeObject, Untyped } from '../store/kube-object.js';
import { findCondition } from './conditions.js';
import { claimFor, requestedBytes } from './data-volume-claim.js';
import { dropSnapshot } from './data-volume-clone.js';
import { volumeConditions } from './data-volume-conditions.js';
import { fillClaim } from './data-volume-filling.js';
import { event, type Filling, type FillingPhase } from './data-volume-phase.js';
import { cloneReadiness, originOf } from './data-volume-source.js';
import { waitsForConsumer } from './first-consumer.js';
import { controlledBy, isControlledBy, ownerKey } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  DATA_VOLUMES,
  editable,
  type Reconciliation,
  sameValue,
  statusChange,
  type World,
} from './reconciliation.js';

const SOURCE_WAIT_MS = 2_000;
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
  if (volume.metadata.deletionTimestamp) return { changes: dropSnapshot(volume, world) };
  const prepared = prepare(volume);
  if (prepared) return { changes: [prepared] };
  const claim = world.get(CLAIMS, volume.metadata.namespace, volume.metadata.name);
  if (!claim) return withoutClaim(volume, world);
  if (!isControlledBy(claim, volume.metadata.uid)) return adopt(volume, claim, world);
  if (claim.metadata.deletionTimestamp) return { changes: [] };
  const facts: Filling =
    claim.status?.phase === 'Bound'
      ? fillClaim(volume, claim, world)
      : { phase: unboundPhase(claim, world), running: {}, changes: [] };
  return settle(volume, claim, facts, world);
}

const UNBOUND: readonly FillingPhase[] = ['Pending', 'WaitForFirstConsumer'];

/** CDI's gate HonorWaitForFirstConsumer. */
const unboundPhase = (claim: KubeObject, world: World): FillingPhase =>
  waitsForConsumer(claim, world) ? 'WaitForFirstConsumer' : 'Pending';

/** The sandbox fills claims itself, without volume populators; CDI says so on the DataVolume. */
function prepare(volume: KubeObject): Change | undefined {
  const key = `${PREFIX}usePopulator`;
  if (volume.metadata.annotations?.[key] !== undefined) return undefined;
  const wanted = editable(volume);
  wanted.metadata.annotations = { ...volume.metadata.annotations, [key]: 'false' };
  return { kind: 'update', resource: DATA_VOLUMES, object: wanted };
}

function withoutClaim(volume: KubeObject, world: World): Reconciliation {
  const origin = originOf(volume, world);
  if (origin.kind === 'missing') return pending(volume, origin, world);
  let bytes = requestedBytes(volume);
  if (origin.kind === 'pvc' || origin.kind === 'snapshot') {
    const ready = cloneReadiness(origin, world);
    if ('kind' in ready) return pending(volume, ready, world);
    if (bytes !== undefined && bytes < ready.bytes) return pending(volume, TOO_SMALL, world);
    bytes ??= ready.bytes;
  }
  const said = pending(volume, { reason: 'NotFound', message: 'No PVC found' }, world);
  return {
    changes: [
      { kind: 'create', resource: CLAIMS, object: claimFor(volume, origin, bytes ?? 0n, world) },
      event(volume, 'import', 'Pending', `PVC ${volume.metadata.name} Pending`),
      ...said.changes,
    ],
  };
}

const TOO_SMALL = {
  reason: 'CloneValidationFailed',
  message:
    "The clone doesn't meet the validation requirements: target resources requests storage size is smaller than the source",
};

/** Stands still, with CDI's reason; said once. */
function pending(
  volume: KubeObject,
  { reason, message }: { reason: string; message: string },
  world: World,
): Reconciliation {
  const status = {
    ...volume.status,
    claimName: volume.metadata.name,
    phase: 'Pending',
    progress: 'N/A',
    conditions: volumeConditions(
      volume,
      [
        { type: 'Bound', status: 'Unknown', reason: 'NotFound', message: 'No PVC found' },
        { type: 'Ready', status: 'False', reason },
        { type: 'Running', status: 'False', reason, ...(reason === 'NotFound' ? {} : { message }) },
      ],
      world,
    ),
  };
  const changes = statusChange(DATA_VOLUMES, volume, status);
  if (changes.length > 0) {
    const told = event(volume, 'import', reason, message);
    changes.unshift(reason === 'NotFound' ? told : ({ ...told, type: 'Warning' } as Change));
  }
  return { changes, requeueAfterMs: SOURCE_WAIT_MS };
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
  return [...said, { ...event(volume, 'import', QUOTA, message), type: 'Warning' } as Change];
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
      { ...event(volume, 'import', 'ErrResourceExists', message), type: 'Warning' } as Change,
    ],
    requeueAfterMs: 10_000,
  };
}

function settle(volume: KubeObject, claim: KubeObject, facts: Filling, world: World): Reconciliation {
  const { name } = claim.metadata;
  const isBound = claim.status?.phase === 'Bound';
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
  if (isBound && UNBOUND.includes(volume.status?.phase))
    changes.push(event(volume, 'import', 'Bound', `PVC ${name} Bound`));
  if (facts.running.reason === 'Error' && facts.restartCount !== volume.status?.restartCount) {
    changes.push({
      ...event(volume, 'import', 'Error', facts.running.message ?? ''),
      type: 'Warning',
    } as Change);
  }
  changes.push(...statusChange(DATA_VOLUMES, volume, status));
  return { changes, requeueAfterMs: facts.requeueAfterMs };
}

/** What CDI leaves on the claim of the import's course. */
function annotate(claim: KubeObject, facts: Filling): Change[] {
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
  if (UNBOUND.includes(facts.phase) || sameValue(wanted.metadata, claim.metadata)) return [];
  return [{ kind: 'update', resource: CLAIMS, object: wanted }];
}
