import type { CauseCode } from './catalogue.js';
import type { Finding, ObjectRef } from './cause.js';
import type { SeenDisk, Situation } from './observed.js';
import { ageMs, conditionOf, recentWarning, says } from './reading.js';

/** A disk on its way into being, and what holds it up. */

/** What all imports fail with (src/platform/import-policy), to what is said of a machine. */
const IMPORTS: Record<string, CauseCode> = {
  'import.source_unavailable': 'disk.import_unavailable',
  'import.source_timeout': 'disk.import_unavailable',
  'import.corrupt': 'disk.import_damaged',
  'import.too_large': 'disk.import_too_large',
  'import.not_an_image': 'disk.import_no_image',
  'import.no_space': 'disk.import_no_space',
  'import.url_forbidden': 'disk.import_forbidden',
  'import.stalled': 'disk.import_stalled',
  'import.source_gone': 'disk.source_gone',
};

/** CDI's reasons of condition Running where it has not begun (pkg/controller/datavolume). */
const PENDING: Record<string, CauseCode> = {
  ErrExceededQuota: 'disk.quota_exceeded',
  ErrResourceExists: 'disk.name_taken',
  CloneWithoutSource: 'disk.source_gone',
  DataSourceNotFound: 'disk.source_gone',
  CloneValidationFailed: 'disk.copy_too_small',
  CloneSourceInUse: 'disk.copy_source_busy',
};

const objectsOf = ({ claimName, claim, dataVolume }: SeenDisk): ObjectRef[] => [
  ...(dataVolume ? [{ kind: 'DataVolume', name: dataVolume.name }] : []),
  ...(claim ? [{ kind: 'PersistentVolumeClaim', name: claimName }] : []),
];

/** What is wrong with the disk, or on its way; the first that is found. */
export function diskCause(disk: SeenDisk, situation: Situation): Finding | undefined {
  const { dataVolume } = disk;
  if (dataVolume && dataVolume.phase !== 'Succeeded') {
    return notBegun(disk) ?? importFailed(disk) ?? unbound(disk, situation) ?? filling(disk, situation);
  }
  return broken(disk) ?? (dataVolume ? undefined : unbound(disk, situation)) ?? growing(disk);
}

function notBegun(disk: SeenDisk): Finding | undefined {
  const { running, bound } = disk.dataVolume ?? {};
  const told = [running, bound].find((one) => one && one.status !== 'True' && PENDING[one.reason]);
  const code = told && PENDING[told.reason];
  if (!code) return undefined;
  return {
    code,
    detail: `The disk "${disk.claimName}" is not made. ${says('CDI', told.message)}`.trim(),
    since: told.since,
    objects: objectsOf(disk),
  };
}

function importFailed(disk: SeenDisk): Finding | undefined {
  const { failure, dataVolume } = disk;
  const running = dataVolume?.running;
  if (!failure) {
    if (running?.status !== 'False' || !/^(Secret|ConfigMap) \S+ not found$/.test(running.message))
      return undefined;
    return {
      code: 'disk.import_waits',
      detail: `The disk "${disk.claimName}" is not filled. ${says('CDI', running.message)}`,
      since: running.since,
      objects: objectsOf(disk),
    };
  }
  const tries = dataVolume && dataVolume.restarts > 0 ? ` It was tried ${dataVolume.restarts} times.` : '';
  return {
    code: IMPORTS[failure.code] ?? 'disk.import_failed',
    detail: `The disk "${disk.claimName}" is not filled. ${says('The importer', failure.message)}${tries}`,
    since: running?.since ?? dataVolume?.createdAt ?? null,
    objects: objectsOf(disk),
    whatToDo: failure.hint,
    passes: false,
  };
}

function unbound(disk: SeenDisk, situation: Situation): Finding | undefined {
  const { claim, dataVolume, claimName } = disk;
  const pending = claim ? claim.phase === 'Pending' : dataVolume?.phase === 'Pending';
  if (dataVolume?.phase === 'WaitForFirstConsumer') return undefined;
  if (!pending) return undefined;
  if (disk.classKnown === false) {
    return {
      code: 'disk.class_unknown',
      detail: `The disk "${claimName}" wants the storage class "${claim?.storageClass ?? ''}".`,
      since: claim?.createdAt ?? null,
      objects: objectsOf(disk),
      passes: false,
    };
  }
  const event = recentWarning(situation, /^ProvisioningFailed$/);
  if (event?.about !== claimName) return undefined;
  return {
    code: 'disk.not_provisioned',
    detail: `The disk "${claimName}" is not made. ${says('The storage', event.message)}`,
    since: claim?.createdAt ?? event.lastAt,
    objects: objectsOf(disk),
  };
}

const LONG_MS = 30_000;

function filling(disk: SeenDisk, { machine, now }: Situation): Finding {
  const { dataVolume, claimName } = disk;
  const since = dataVolume?.createdAt ?? null;
  const objects = objectsOf(disk);
  if (dataVolume?.phase === 'WaitForFirstConsumer') {
    const isOff = ['Halted', 'Manual'].includes(machine.runStrategy);
    const detail = `The disk "${claimName}" waits until the machine ${isOff ? 'is started' : 'has a node'}.`;
    return { code: 'disk.waits_for_first_use', detail, since, objects, passes: !isOff };
  }
  if (dataVolume?.phase === 'UploadReady' || dataVolume?.phase === 'UploadScheduled') {
    const detail = `The disk "${claimName}" was made for an upload, and nothing has come.`;
    const waits = dataVolume.phase === 'UploadReady' && ageMs(since, now) > LONG_MS;
    return { code: 'disk.waits_for_content', detail, since, objects, passes: !waits };
  }
  const percent = dataVolume?.progress;
  return {
    code: 'disk.filling',
    detail: `The disk "${claimName}" is ${dataVolume?.phase}${percent == null ? '' : `, ${percent}%`}.`,
    since,
    objects,
    passes: true,
  };
}

function broken(disk: SeenDisk): Finding | undefined {
  const { claim, claimName } = disk;
  if (claim?.phase === 'Lost') {
    return {
      code: 'disk.lost',
      detail: `The volume behind "${claimName}" does not exist any more.`,
      objects: objectsOf(disk),
      passes: false,
    };
  }
  if (!claim?.deletingSince) return undefined;
  return {
    code: 'disk.deleting',
    detail: `"${claimName}" is deleted since ${claim.deletingSince}, and goes when nothing uses it any more.`,
    since: claim.deletingSince,
    objects: objectsOf(disk),
    passes: false,
  };
}

function growing(disk: SeenDisk): Finding | undefined {
  const { claim, claimName } = disk;
  if (!claim?.grows || claim.phase !== 'Bound') return undefined;
  const waits =
    conditionOf(claim.conditions, 'FileSystemResizePending') ?? conditionOf(claim.conditions, 'Resizing');
  return {
    code: 'disk.growing',
    detail: `"${claimName}" is to be larger than it is. ${says('The storage', waits?.message ?? '')}`.trim(),
    since: waits?.since ?? null,
    objects: objectsOf(disk),
  };
}
