import { isDnsLabel } from '../../../kernel/dns-name.js';
import type { FieldError } from '../../../kernel/failure.js';
import { requestInvalid } from '../../../kernel/failures.js';
import { checkLabels } from '../../../kernel/labels.js';
import { formatBytes, parseBytes } from '../../../kernel/quantity.js';
import type { ChangeDiskBody, CreateDiskBody, DiskSource, DiskSourceBody, DiskSpec } from './disk-body.js';
import { accessOf } from './import-access.js';

const SIZE_MIN = 1024n ** 2n;
const SIZE_MAX = 64n * 1024n ** 4n;
/** As the boot disk of a machine: what a cloud image needs. */
const DEFAULT_IMPORT_SIZE = '10Gi';

/** Checks a create as a whole and answers every problem at once: request.invalid with one error per field. */
export function specifyDisk(body: CreateDiskBody): DiskSpec {
  const errors: FieldError[] = [];
  if (!isDnsLabel(body.name)) {
    const message =
      'A name has at most 63 lower-case letters, digits and "-", and starts and ends with a letter or digit.';
    errors.push({ pointer: '/name', code: 'name', message });
  }
  const source = sourceOf(body.source, errors);
  const access = accessOf(body.source, source, errors);
  const size = sizeOf(body.size, source, errors);
  errors.push(...checkLabels(body.labels ?? {}), ...displayNameErrors(body.displayName));
  throwIfAny(errors);
  return {
    name: body.name,
    displayName: body.displayName ?? null,
    labels: { ...body.labels },
    size,
    source: source as DiskSource,
    access,
    storageClass: body.storageClass ?? null,
    accessMode: body.accessMode ?? null,
    volumeMode: body.volumeMode ?? null,
    preallocation: body.preallocation ?? false,
  };
}

/** The checked change; `size` is canonical, undefined where it stays. */
export function specifyChange(body: ChangeDiskBody): ChangeDiskBody {
  const errors: FieldError[] = [...checkLabels(body.labels ?? {}), ...displayNameErrors(body.displayName)];
  const size = body.size === undefined ? undefined : quantity(body.size, errors);
  throwIfAny(errors);
  return { ...body, size };
}

const SOURCES = ['blank', 'upload', 'url', 'registry', 'disk', 'snapshot', 'image'] as const;

function sourceOf(body: DiskSourceBody, errors: FieldError[]): DiskSource | null {
  const given = SOURCES.filter((source) => ![undefined, null, false].includes(body[source] as null));
  const [source] = given;
  if (!source || given.length > 1) {
    const message = `Give exactly one source: ${SOURCES.join(', ')}.`;
    errors.push({ pointer: '/source', code: 'disk.source', message });
    return null;
  }
  if (body.volume && source !== 'snapshot') {
    const message = 'volume says which disk of a snapshot is meant.';
    errors.push({ pointer: '/source/volume', code: 'disk.source', message });
  }
  switch (source) {
    case 'blank':
      return { blank: true };
    case 'upload':
      return { upload: true };
    case 'snapshot':
      return { snapshot: body.snapshot ?? '', volume: body.volume ?? null };
    default:
      return { [source]: body[source] } as DiskSource;
  }
}

function sizeOf(
  size: string | null | undefined,
  source: DiskSource | null,
  errors: FieldError[],
): string | null {
  if (size !== null && size !== undefined) return quantity(size, errors);
  if (source && ('url' in source || 'registry' in source)) return DEFAULT_IMPORT_SIZE;
  if (source && ('blank' in source || 'upload' in source)) {
    errors.push({ pointer: '/size', code: 'disk.size', message: 'This source needs a size.' });
  }
  return null;
}

function quantity(text: string, errors: FieldError[]): string {
  const bytes = parseBytes(text);
  if (bytes === null || bytes < SIZE_MIN || bytes > SIZE_MAX) {
    const message = 'Give a quantity such as "4Gi", from 1Mi to 64Ti.';
    errors.push({ pointer: '/size', code: 'quantity', message });
    return text;
  }
  return formatBytes(bytes);
}

function displayNameErrors(displayName: string | null | undefined): FieldError[] {
  if (displayName === null || displayName === undefined) return [];
  // Controls and bidirectional overrides could make a list show something else than it holds.
  const hidden = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(displayName);
  if (displayName.length > 0 && displayName.length <= 128 && !hidden) return [];
  const message = 'A display name has 1 to 128 printable characters.';
  return [{ pointer: '/displayName', code: 'display_name', message }];
}

function throwIfAny(errors: FieldError[]): void {
  const [first] = errors;
  if (first) throw requestInvalid(first.message, { errors });
}
