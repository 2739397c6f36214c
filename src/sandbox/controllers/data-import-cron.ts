import { Cron } from 'croner';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { timestamp } from './conditions.js';
import { volumeConditions } from './data-volume-conditions.js';
import { importSource } from './data-volume-import.js';
import { originOf } from './data-volume-source.js';
import { controlledBy } from './ownership.js';
import {
  type Change,
  type Controller,
  DATA_IMPORT_CRONS,
  DATA_SOURCES,
  DATA_VOLUMES,
  editable,
  type Reconciliation,
  statusChange,
  type World,
} from './reconciliation.js';

const LABEL = 'cdi.kubevirt.io/dataImportCron';
const DESIRED = 'cdi.kubevirt.io/storage.import.sourceDesiredDigest';
const DEFAULT_KEPT = 3;
const RETRY_MS = 60_000;
/** Timers of Node hold 24 days. */
const LONGEST_WAIT_MS = 24 * 3600 * 1000;

/**
 * CDI's part for DataImportCron: looks at the source by the schedule, imports what is new, points the managed
 * DataSource at it and removes what is outdated.
 */
export const dataImportCronController: Controller = {
  name: 'dataimportcron',
  resource: DATA_IMPORT_CRONS,
  reconcile: reconcileDataImportCron,
  watches: {
    [DATA_VOLUMES]: ({ metadata: { namespace, labels } }) =>
      labels?.[LABEL] ? [`${namespace}/${labels[LABEL]}`] : [],
    [DATA_SOURCES]: ({ metadata: { namespace, labels } }) =>
      labels?.[LABEL] ? [`${namespace}/${labels[LABEL]}`] : [],
  },
};

export function reconcileDataImportCron(cron: KubeObject, world: World): Reconciliation {
  if (cron.metadata.deletionTimestamp) return { changes: [] };
  const status: Untyped = structuredClone(cron.status ?? {});
  const { changes, requeueAfterMs } = poll(cron, status, world);
  const digest = status.desired ?? cron.metadata.annotations?.[DESIRED];
  delete status.desired;
  const current = digest && world.get(DATA_VOLUMES, cron.metadata.namespace, nameOf(cron, digest));
  if (digest) {
    status.currentImports = [{ DataVolumeName: nameOf(cron, digest), Digest: digest }];
    if (!current) changes.push(importOf(cron, digest));
  }
  const done = current?.status?.phase === 'Succeeded';
  if (current && done) {
    const { namespace, name } = current.metadata;
    if (status.lastImportedPVC?.name !== name) {
      status.lastImportedPVC = { namespace, name };
      status.lastImportTimestamp = timestamp(world.now);
    }
    changes.push(...collectOutdated(cron, name, world));
  }
  changes.push(...pointSource(cron, status, world));
  status.sourceFormat = 'pvc';
  status.conditions = volumeConditions(
    cron,
    [
      current && !done
        ? {
            type: 'Progressing',
            status: 'True',
            reason: 'ImportProgressing',
            message: 'Import is progressing',
          }
        : { type: 'Progressing', status: 'False', reason: 'NoImport', message: 'No current import' },
      done
        ? { type: 'UpToDate', status: 'True', reason: 'UpToDate', message: 'Latest import is up to date' }
        : outdated(cron, Boolean(digest), world),
    ],
    world,
  );
  changes.push(...statusChange(DATA_IMPORT_CRONS, cron, status));
  return { changes, requeueAfterMs };
}

function outdated(cron: KubeObject, known: boolean, world: World) {
  const sight = world.sourceSight(cron.metadata.uid);
  if (sight.state === 'failed') {
    return { type: 'UpToDate', status: 'False', reason: 'NoDigest', message: sight.message };
  }
  return known
    ? { type: 'UpToDate', status: 'False', reason: 'ImportProgressing', message: 'Import is progressing' }
    : { type: 'UpToDate', status: 'False', reason: 'NoDigest', message: 'No source digest' };
}

/** Looks at the source when it is time; puts what is seen into annotation and `status.desired`. */
function poll(cron: KubeObject, status: Untyped, world: World): Reconciliation & { changes: Change[] } {
  const sight = world.sourceSight(cron.metadata.uid);
  const last: string | undefined = status.lastExecutionTimestamp;
  const changes: Change[] = [];
  if (sight.state === 'looking') return { changes };
  if (sight.state === 'seen' && (!last || Date.parse(last) < Math.floor(sight.at.getTime() / 1000) * 1000)) {
    status.lastExecutionTimestamp = timestamp(sight.at);
    status.desired = sight.version;
    if (cron.metadata.annotations?.[DESIRED] !== sight.version) {
      const marked = editable(cron);
      marked.metadata.annotations = { ...cron.metadata.annotations, [DESIRED]: sight.version };
      changes.push({ kind: 'update', resource: DATA_IMPORT_CRONS, object: marked });
    }
  }
  const failedAgoMs = sight.state === 'failed' ? world.now.getTime() - sight.at.getTime() : RETRY_MS;
  const waitMs = Math.max(nextLookMs(cron, status, world.now), RETRY_MS - failedAgoMs);
  if (waitMs > 0) {
    return {
      changes,
      requeueAfterMs: Number.isFinite(waitMs) ? Math.min(waitMs, LONGEST_WAIT_MS) : undefined,
    };
  }
  const origin = originOf({ metadata: cron.metadata, spec: cron.spec.template?.spec }, world);
  if (origin.kind !== 'http' && origin.kind !== 'registry') return { changes };
  const source = importSource(origin, cron.metadata.namespace, world);
  if ('missing' in source) return { changes, requeueAfterMs: RETRY_MS };
  changes.push({ kind: 'look', object: cron, source });
  return { changes };
}

/** Milliseconds until the schedule's next turn; without a schedule the source is looked at once. */
function nextLookMs(cron: KubeObject, status: Untyped, now: Date): number {
  const last: string | undefined = status.lastExecutionTimestamp;
  if (!last) return 0;
  if (!cron.spec.schedule) return Number.POSITIVE_INFINITY;
  const next = new Cron(cron.spec.schedule, { timezone: 'UTC', paused: true }).nextRun(new Date(last));
  return next ? next.getTime() - now.getTime() : Number.POSITIVE_INFINITY;
}

const nameOf = (cron: KubeObject, digest: string) =>
  `${cron.spec.managedDataSource}-${digest.replace(/^sha256:/, '').slice(0, 12)}`;

/** What goes with the cron is owned by it, what is retained is not. */
function ownership(cron: KubeObject) {
  return cron.spec.retentionPolicy === 'None' ? { ownerReferences: [controlledBy(cron)] } : {};
}

function importOf(cron: KubeObject, digest: string): Change {
  const { template } = cron.spec;
  return {
    kind: 'create',
    resource: DATA_VOLUMES,
    object: {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: {
        name: nameOf(cron, digest),
        namespace: cron.metadata.namespace,
        labels: { ...cron.metadata.labels, ...template.metadata?.labels, [LABEL]: cron.metadata.name },
        annotations: {
          ...template.metadata?.annotations,
          'cdi.kubevirt.io/storage.bind.immediate.requested': 'true',
        },
        ...ownership(cron),
      },
      spec: structuredClone(template.spec),
    },
  };
}

function pointSource(cron: KubeObject, status: Untyped, world: World): Change[] {
  const { namespace } = cron.metadata;
  const name: string = cron.spec.managedDataSource;
  const source = status.lastImportedPVC ? { pvc: { namespace, name: status.lastImportedPVC.name } } : {};
  const present = world.get(DATA_SOURCES, namespace, name);
  if (!present) {
    const object: NewObject = {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: {
        name,
        namespace,
        labels: { ...cron.metadata.labels, [LABEL]: cron.metadata.name },
        ...ownership(cron),
      },
      spec: { source },
    };
    return [{ kind: 'create', resource: DATA_SOURCES, object }];
  }
  const isOurs = present.metadata.labels?.[LABEL] === cron.metadata.name;
  const pointsThere = present.spec?.source?.pvc?.name === source.pvc?.name;
  if (!isOurs || !source.pvc || pointsThere) return [];
  return [{ kind: 'update', resource: DATA_SOURCES, object: { ...editable(present), spec: { source } } }];
}

function collectOutdated(cron: KubeObject, currentName: string, world: World): Change[] {
  if (cron.spec.garbageCollect === 'Never') return [];
  const kept: number = cron.spec.importsToKeep ?? DEFAULT_KEPT;
  return world
    .list(DATA_VOLUMES, cron.metadata.namespace)
    .filter(
      ({ metadata }) => metadata.labels?.[LABEL] === cron.metadata.name && metadata.name !== currentName,
    )
    .toSorted((left, right) => rank(right).localeCompare(rank(left)))
    .slice(Math.max(kept - 1, 0))
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map(({ metadata: { namespace, name } }) => ({
      kind: 'delete',
      resource: DATA_VOLUMES,
      namespace,
      name,
    }));
}

const rank = ({ metadata }: KubeObject) =>
  `${metadata.creationTimestamp} ${metadata.resourceVersion.padStart(20, '0')}`;
