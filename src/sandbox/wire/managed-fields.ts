import { sameJson } from '../store/frozen-copy.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';

/**
 * A set of fields in the form of `fieldsV1`: `f:name` for a member, `.` for the map itself, `k:{"uid":...}`
 * and `v:"..."` for items of keyed lists and sets. An empty object is a leaf. Lists are atomic but for
 * ownerReferences (by uid) and finalizers (a set), as in a CRD without list types.
 */
export interface FieldSet {
  [part: string]: FieldSet;
}

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldSet;
  subresource?: string;
}

const SYSTEM_METADATA = new Set([
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function fieldsOfValue(value: unknown, name: string): FieldSet {
  if (Array.isArray(value) && name === 'ownerReferences')
    return {
      '.': {},
      ...Object.fromEntries(value.map((owner) => [`k:${JSON.stringify({ uid: owner?.uid })}`, {}])),
    };
  if (Array.isArray(value) && name === 'finalizers')
    return { '.': {}, ...Object.fromEntries(value.map((item) => [`v:${JSON.stringify(item)}`, {}])) };
  if (!isMap(value) || Object.keys(value).length === 0) return {};
  const fields: FieldSet = { '.': {} };
  for (const [key, inner] of Object.entries(value)) fields[`f:${key}`] = fieldsOfValue(inner, key);
  return fields;
}

/** Every field that a manager can own in an object; the server's own metadata are nobody's. */
export function fieldsOf(object: NewObject | KubeObject): FieldSet {
  const fields: FieldSet = {};
  for (const [key, value] of Object.entries(object)) {
    if (key === 'apiVersion' || key === 'kind' || value === undefined) continue;
    if (key !== 'metadata') {
      fields[`f:${key}`] = fieldsOfValue(value, key);
      continue;
    }
    const metadata: FieldSet = {};
    for (const [name, inner] of Object.entries(value as object))
      if (!SYSTEM_METADATA.has(name) && inner !== undefined)
        metadata[`f:${name}`] = fieldsOfValue(inner, name);
    if (Object.keys(metadata).length > 0) fields['f:metadata'] = metadata;
  }
  return fields;
}

const isLeaf = (fields: FieldSet) => Object.keys(fields).length === 0;

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = { ...left };
  for (const [part, inner] of Object.entries(right))
    result[part] = result[part] ? union(result[part], inner) : inner;
  return result;
}

/** What is in `left` and not in `right`; a branch of which nothing is left goes. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [part, inner] of Object.entries(left)) {
    const other = right[part];
    if (!other) result[part] = inner;
    else if (!isLeaf(inner) && !isLeaf(other)) {
      const rest = difference(inner, other);
      if (!isLeaf(rest)) result[part] = rest;
    }
  }
  return result;
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [part, inner] of Object.entries(left)) {
    const other = right[part];
    if (!other) continue;
    if (isLeaf(inner) || isLeaf(other)) result[part] = {};
    else {
      const common = intersection(inner, other);
      if (!isLeaf(common)) result[part] = common;
    }
  }
  return result;
}

/** The member that a part of a field set names: of a map, a keyed list or a set. */
export function member(value: unknown, part: string): unknown {
  if (part === '.') return undefined;
  if (part.startsWith('f:')) return isMap(value) ? value[part.slice(2)] : undefined;
  if (!Array.isArray(value)) return undefined;
  const wanted: unknown = JSON.parse(part.slice(2));
  if (part.startsWith('v:')) return value.find((item) => item === wanted);
  return value.find((item) =>
    Object.entries(wanted as object).every(([key, inner]) => (item as Untyped)?.[key] === inner),
  );
}

/** Those fields of the set whose values differ between two objects. */
export function differing(fields: FieldSet, left: unknown, right: unknown): FieldSet {
  const result: FieldSet = {};
  for (const [part, inner] of Object.entries(fields)) {
    if (part === '.') {
      if ((left === undefined) !== (right === undefined)) result[part] = {};
      continue;
    }
    const [one, other] = [member(left, part), member(right, part)];
    if (sameJson(one, other)) continue;
    if (isLeaf(inner)) result[part] = {};
    else {
      const changed = differing(inner, one, other);
      if (!isLeaf(changed)) result[part] = changed;
    }
  }
  return result;
}

/** Paths of the leaves, as conflicts name them: `.spec.runStrategy`. */
export function leafPaths(fields: FieldSet, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([part, inner]) => {
    if (part === '.') return [];
    const path = part.startsWith('f:') ? `${prefix}.${part.slice(2)}` : `${prefix}[${part.slice(2)}]`;
    const deeper = leafPaths(inner, path);
    return deeper.length > 0 ? deeper : [path];
  });
}

export interface Write {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  subresource?: string;
}

const isSameManager = (entry: ManagedFieldsEntry, write: Write) =>
  entry.manager === write.manager &&
  entry.operation === write.operation &&
  entry.apiVersion === write.apiVersion &&
  (entry.subresource ?? '') === (write.subresource ?? '');

const entriesOf = (object: NewObject | KubeObject | undefined) =>
  (object?.metadata.managedFields ?? []) as ManagedFieldsEntry[];

/** Gives the writer the fields and takes from everybody what they no longer own. */
export function assign(
  entries: readonly ManagedFieldsEntry[],
  write: Write,
  owned: FieldSet,
  taken: FieldSet,
): ManagedFieldsEntry[] {
  const others = entries
    .filter((entry) => !isSameManager(entry, write))
    .map((entry) => ({ ...entry, fieldsV1: difference(entry.fieldsV1, taken) }))
    .filter((entry) => !isLeaf(entry.fieldsV1));
  if (isLeaf(owned)) return others;
  const { subresource, ...rest } = write;
  return [
    ...others,
    { ...rest, fieldsType: 'FieldsV1', fieldsV1: owned, ...(subresource ? { subresource } : {}) },
  ];
}

/** managedFields after a create, update or patch: who writes a field owns it, what is gone nobody owns. */
export function afterUpdate(
  previous: KubeObject | undefined,
  next: NewObject,
  write: Write,
): ManagedFieldsEntry[] {
  const present = fieldsOf(next);
  const changed = previous ? differing(present, previous, next) : present;
  const entries = entriesOf(previous).map((entry) => ({
    ...entry,
    fieldsV1: intersection(entry.fieldsV1, present),
  }));
  if (isLeaf(changed)) return entries.filter((entry) => !isLeaf(entry.fieldsV1));
  const own = entries.find((entry) => isSameManager(entry, write))?.fieldsV1 ?? {};
  return assign(entries, write, union(own, changed), changed);
}

export { entriesOf as managedFieldsOf, isLeaf as isEmptySet };
