import { isDnsLabel } from '../../../kernel/dns-name.js';
import type { FieldError } from '../../../kernel/failure.js';
import { requestInvalid } from '../../../kernel/failures.js';
import { canonicalBytes, parseBytes } from '../../../kernel/quantity.js';
import { imageNoSchedule } from './failures.js';
import type {
  CreateImageBody,
  ImageSchedule,
  ImageSource,
  ImageSpec,
  ScheduleBody,
  UpdateImageBody,
} from './image-body.js';
import { MAX_NAME_LENGTH } from './names.js';

const SIZE_MIN = 1024n ** 2n;
const SIZE_MAX = 64n * 1024n ** 4n;
const DEFAULT_SIZE = '10Gi';
const DEFAULT_RETAIN = 3;
const MAX_RETAIN = 50;
const NAME_OF_TYPE = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/;
/** Five fields of minutes, hours, days, months and weekdays: what the cluster's own CronJobs read. */
const CRON =
  /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[\dA-Za-z*/,?-]+( +[\dA-Za-z*/,?-]+){4})$/;

/**
 * Checks a create as a whole and answers every problem at once: request.invalid with one error per field, or
 * image.no_schedule. `diskSize` is the size of the disk that it is made of. What exists and which addresses may be
 * reached is the command's to check.
 */
export function specifyImage(body: CreateImageBody, diskSize: string | null = null): ImageSpec {
  const problems: FieldError[] = [];
  const source = sourceOf(body, problems);
  if (!isDnsLabel(body.name) || body.name.length > MAX_NAME_LENGTH) {
    const message = `A name has at most ${MAX_NAME_LENGTH} lower-case letters, digits and "-", and starts and ends with a letter or digit.`;
    problems.push({ pointer: '/name', code: 'name', message });
  }
  checkWords(body, problems);
  if ('upload' in source && !body.size) {
    problems.push({ pointer: '/size', code: 'image.size', message: 'An upload needs a size.' });
  }
  if ('upload' in source && body.visibility && body.visibility !== 'private') {
    const message = 'There is nothing to share before it is uploaded: share it afterwards.';
    problems.push({ pointer: '/visibility', code: 'image.visibility', message });
  }
  const size = sizeOf(body.size ?? diskSize ?? DEFAULT_SIZE, diskSize, problems);
  const schedule = body.schedule ? scheduleOf(body.schedule, null, problems) : null;
  refuse(problems);
  if (schedule && !('registry' in source)) throw imageNoSchedule();
  return {
    name: body.name,
    displayName: body.displayName ?? null,
    source,
    size,
    storageClass: body.storageClass ?? null,
    os: body.os ?? null,
    defaultInstanceType: body.defaultInstanceType ?? null,
    defaultPreference: body.defaultPreference ?? null,
    visibility: body.visibility ?? 'private',
    schedule,
  };
}

export interface ImageChange extends Omit<UpdateImageBody, 'schedule'> {
  /** Undefined where it stays. */
  schedule?: ImageSchedule | null;
}

/** Throws request.invalid with one error per field, or image.no_schedule. */
export function specifyImageChange(
  body: UpdateImageBody,
  present: { schedule: ImageSchedule | null; fromRegistry: boolean },
): ImageChange {
  const problems: FieldError[] = [];
  checkWords(body, problems);
  if (Object.values(body).every((value) => value === undefined)) {
    throw requestInvalid('The patch changes nothing.');
  }
  const { schedule, ...words } = body;
  const wanted = schedule ? scheduleOf(schedule, present.schedule, problems) : schedule;
  refuse(problems);
  if (wanted && !present.fromRegistry) throw imageNoSchedule();
  return { ...words, ...(wanted !== undefined && { schedule: wanted }) };
}

function refuse(problems: FieldError[]): void {
  const [first] = problems;
  if (first) throw requestInvalid(first.message, { errors: problems });
}

function sourceOf({ source }: CreateImageBody, problems: FieldError[]): ImageSource {
  const { url, registry, disk, upload } = source;
  const uploaded = upload !== undefined && upload !== null && upload !== false;
  const isPlain = upload === true || (typeof upload === 'object' && Object.keys(upload ?? {}).length === 0);
  if (uploaded && !isPlain) {
    problems.push({ pointer: '/source/upload', code: 'image.source', message: 'Write upload: true.' });
  }
  const given: ImageSource[] = [
    ...(url ? [{ url }] : []),
    ...(registry ? [{ registry }] : []),
    ...(disk ? [{ disk }] : []),
    ...(uploaded ? [{ upload: true } as const] : []),
  ];
  if (given.length !== 1) {
    const message = 'Give exactly one source: url, registry, disk, or upload: true.';
    problems.push({ pointer: '/source', code: 'image.source', message });
  }
  return given[0] ?? { upload: true };
}

function sizeOf(text: string, diskSize: string | null, problems: FieldError[]): string {
  const bytes = parseBytes(text);
  const at = { pointer: '/size', code: 'quantity' };
  if (bytes === null || bytes < SIZE_MIN || bytes > SIZE_MAX) {
    problems.push({ ...at, message: 'Give a quantity such as "4Gi", from 1Mi to 64Ti.' });
  } else if (diskSize !== null && bytes < (parseBytes(diskSize) ?? 0n)) {
    problems.push({ ...at, message: `The disk has ${diskSize}; the image cannot be smaller.` });
  }
  return canonicalBytes(text) ?? text;
}

function checkWords(body: CreateImageBody | UpdateImageBody, problems: FieldError[]): void {
  const { displayName, os, defaultInstanceType, defaultPreference } = body;
  for (const [field, value, max] of [
    ['displayName', displayName, 128],
    ['os', os, 64],
  ] as const) {
    if (value === null || value === undefined) continue;
    // Controls and bidirectional overrides could make a list show something else than it holds.
    if (
      value.length === 0 ||
      value.length > max ||
      /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value)
    ) {
      const message = `${field} has 1 to ${max} printable characters.`;
      problems.push({ pointer: `/${field}`, code: 'text', message });
    }
  }
  for (const [field, value] of [
    ['defaultInstanceType', defaultInstanceType],
    ['defaultPreference', defaultPreference],
  ] as const) {
    if (value === null || value === undefined || NAME_OF_TYPE.test(value)) continue;
    problems.push({ pointer: `/${field}`, code: 'name', message: 'This is no name of the catalogue.' });
  }
}

function scheduleOf(
  body: ScheduleBody,
  present: ImageSchedule | null,
  problems: FieldError[],
): ImageSchedule {
  const cron = body.cron ?? present?.cron ?? '';
  const retain = body.retain ?? present?.retain ?? DEFAULT_RETAIN;
  if (!CRON.test(cron)) {
    const message = 'Give five fields, such as "0 3 * * 1" for Mondays at three (UTC).';
    problems.push({ pointer: '/schedule/cron', code: 'schedule.cron', message });
  }
  if (!Number.isInteger(retain) || retain < 1 || retain > MAX_RETAIN) {
    const message = `From 1 to ${MAX_RETAIN} imports can be kept.`;
    problems.push({ pointer: '/schedule/retain', code: 'schedule.retain', message });
  }
  return { cron, retain, enabled: body.enabled ?? present?.enabled ?? true };
}
