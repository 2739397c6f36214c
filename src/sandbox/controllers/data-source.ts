import type { KubeObject, Untyped } from '../store/kube-object.js';
import { findCondition } from './conditions.js';
import { volumeConditions } from './data-volume-conditions.js';
import { cloneReadiness, originOf } from './data-volume-source.js';
import { keyOf } from './ownership.js';
import {
  CLAIMS,
  type Controller,
  DATA_SOURCES,
  DATA_VOLUMES,
  type Reconciliation,
  statusChange,
  VOLUME_SNAPSHOTS,
  type World,
} from './reconciliation.js';

const LOOK_AGAIN_MS = 5_000;

/** CDI's part for DataSource: says whether what it points to can be cloned. */
export const dataSourceController: Controller = {
  name: 'datasource',
  resource: DATA_SOURCES,
  reconcile: reconcileDataSource,
  watches: {
    [DATA_VOLUMES]: pointingAt('pvc'),
    [CLAIMS]: pointingAt('pvc'),
    [VOLUME_SNAPSHOTS]: pointingAt('snapshot'),
    [DATA_SOURCES]: pointingAt('dataSource'),
  },
};

function pointingAt(kind: 'pvc' | 'snapshot' | 'dataSource') {
  return ({ metadata }: KubeObject, world: World): string[] =>
    world
      .list(DATA_SOURCES)
      .filter((one) => {
        const named = one.spec?.source?.[kind];
        return (
          named?.name === metadata.name && (named.namespace ?? one.metadata.namespace) === metadata.namespace
        );
      })
      .map(keyOf);
}

export function reconcileDataSource(source: KubeObject, world: World): Reconciliation {
  if (source.metadata.deletionTimestamp) return { changes: [] };
  const { namespace, name } = source.metadata;
  const origin = originOf({ metadata: { namespace }, spec: { sourceRef: { namespace, name } } }, world);
  const isClone = origin.kind === 'pvc' || origin.kind === 'snapshot';
  const ready = isClone ? cloneReadiness(origin, world) : origin;
  const refusal: Untyped = 'kind' in ready ? wordsFor(ready as Untyped, origin, world) : undefined;
  const wanted = refusal
    ? { type: 'Ready', status: 'False', ...refusal }
    : { type: 'Ready', status: 'True', reason: 'Ready', message: 'DataSource is ready to be consumed' };
  const status = {
    ...source.status,
    source: isClone
      ? { [origin.kind]: { namespace: origin.namespace, name: origin.name } }
      : (source.spec?.source ?? {}),
    conditions: volumeConditions(source, [wanted], world),
  };
  const changes = statusChange(DATA_SOURCES, source, status);
  return { changes, requeueAfterMs: refusal ? LOOK_AGAIN_MS : undefined };
}

/** What is missing: the object, or its content with the phase of the DataVolume that brings it. */
function wordsFor(
  missing: { reason: string; message: string },
  origin: { kind: string; namespace?: string; name?: string },
  world: World,
): { reason: string; message: string } {
  if (missing.reason === 'CloneWithoutSource') {
    return { reason: 'NotFound', message: origin.kind === 'pvc' ? 'PVC not found' : 'Snapshot not found' };
  }
  if (missing.reason !== 'CloneSourceNotReady') return missing;
  const volume = world.get(DATA_VOLUMES, origin.namespace, origin.name ?? '');
  const running = volume && findCondition(volume, 'Running');
  return {
    reason: volume?.status?.phase ?? 'NotReady',
    message: running?.message || `Import DataVolume is ${volume?.status?.phase ?? 'not ready'}`,
  };
}
