import type { KubeObject, Untyped } from '../store/kube-object.js';
import { usableBytes } from './claim-size.js';
import { findCondition } from './conditions.js';
import { quantityBytes } from './quantity.js';
import { CLAIMS, DATA_SOURCES, DATA_VOLUMES, VOLUME_SNAPSHOTS, type World } from './reconciliation.js';
import { snapshotImage } from './volume-snapshot.js';

/** CDI's own mark of the claim that another one is cloned from: "namespace/name". */
export const CLONE_REQUEST = 'k8s.io/CloneRequest';
/** The VolumeSnapshot that a claim is cloned from: "namespace/name". */
export const SNAPSHOT_REQUEST = 'sandbox.virtgate.io/snapshot-request';
const MAX_REFERENCES = 3;

export type Origin =
  | { kind: 'http'; http: Untyped }
  | { kind: 'registry'; registry: Untyped }
  | { kind: 'blank' }
  | { kind: 'upload' }
  | { kind: 'pvc'; namespace: string; name: string }
  | { kind: 'snapshot'; namespace: string; name: string };

/** A source that is not there (yet), in CDI's words. */
export interface MissingOrigin {
  kind: 'missing';
  reason: string;
  message: string;
}

type Looking = Pick<World, 'get'>;

/** Where a DataVolume's content comes from, references to DataSources followed. */
export function originOf(
  volume: { spec?: Untyped; metadata: { namespace?: string } },
  world: Looking,
): Origin | MissingOrigin {
  const { source, sourceRef } = volume.spec ?? {};
  const namespace = volume.metadata.namespace ?? '';
  if (!sourceRef) return originFrom(source ?? {}, namespace);
  return followReference(sourceRef.namespace ?? namespace, sourceRef.name, world, MAX_REFERENCES);
}

function followReference(
  namespace: string,
  name: string,
  world: Looking,
  left: number,
): Origin | MissingOrigin {
  const source = world.get(DATA_SOURCES, namespace, name);
  if (!source) {
    return missing('DataSourceNotFound', `DataSource ${namespace}/${name} not found`);
  }
  const given = source.spec?.source ?? {};
  if (given.dataSource) {
    const next = given.dataSource;
    if (left === 0)
      return missing('NotFound', `DataSource ${namespace}/${name} leads through too many others`);
    return followReference(next.namespace ?? namespace, next.name, world, left - 1);
  }
  if (!given.pvc && !given.snapshot) {
    return missing('NotFound', `Empty source field in '${name}'. DataSource may not be ready yet`);
  }
  return originFrom(given, namespace);
}

function originFrom(source: Untyped, namespace: string): Origin {
  if (source.http) return { kind: 'http', http: source.http };
  if (source.registry) return { kind: 'registry', registry: source.registry };
  for (const kind of ['pvc', 'snapshot'] as const) {
    const named = source[kind];
    if (named) return { kind, namespace: named.namespace || namespace, name: named.name };
  }
  return { kind: source.upload ? 'upload' : 'blank' };
}

/** What the claim was made for: a DataSource may point elsewhere since. */
export function originOfClaim(volume: KubeObject, claim: KubeObject, world: Looking): Origin | MissingOrigin {
  const { annotations } = claim.metadata;
  for (const [annotation, kind] of [
    [CLONE_REQUEST, 'pvc'],
    [SNAPSHOT_REQUEST, 'snapshot'],
  ] as const) {
    const [namespace, name] = annotations?.[annotation]?.split('/') ?? [];
    if (namespace && name) return { kind, namespace, name };
  }
  return originOf(volume, world);
}

function missing(reason: string, message: string): MissingOrigin {
  return { kind: 'missing', reason, message };
}

/** Whether a clone may begin; the size of the source in bytes where it is known. */
export function cloneReadiness(
  origin: Extract<Origin, { kind: 'pvc' | 'snapshot' }>,
  world: World,
): { bytes: bigint } | MissingOrigin {
  const { namespace, name } = origin;
  if (origin.kind === 'snapshot') {
    const snapshot = world.get(VOLUME_SNAPSHOTS, namespace, name);
    if (!snapshot) {
      return missing('CloneWithoutSource', `The source snapshot ${name} doesn't exist`);
    }
    if (!snapshotImage(snapshot, world)) {
      return missing('SnapshotNotReady', `The source snapshot ${name} is not ready to use`);
    }
    return { bytes: quantityBytes(snapshot.status?.restoreSize) ?? 0n };
  }
  const claim = world.get(CLAIMS, namespace, name);
  if (!claim || claim.metadata.deletionTimestamp) {
    return missing('CloneWithoutSource', `The source pvc ${name} doesn't exist`);
  }
  const filling = world.get(DATA_VOLUMES, namespace, name);
  const disk = world.disk(claim.metadata.uid);
  if ((filling && filling.status?.phase !== 'Succeeded') || disk.state !== 'ready') {
    return missing('CloneSourceNotReady', `The source pvc ${name} is not filled yet`);
  }
  return { bytes: usableBytes(claim, world) || disk.bytes };
}

/** Whether a DataVolume stands still for want of its source. */
export function waitsForSource(volume: KubeObject): boolean {
  return [
    'CloneWithoutSource',
    'CloneSourceNotReady',
    'SnapshotNotReady',
    'DataSourceNotFound',
    'NotFound',
  ].includes(findCondition(volume, 'Running')?.reason ?? '');
}
