import { mutableCopy } from '../store/frozen-copy.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import type { ResourceKind } from '../store/resource-kind.js';
import { StatusError } from '../store/status-error.js';
import {
  assign,
  difference,
  differing,
  type FieldSet,
  fieldsOf,
  intersection,
  isEmptySet,
  leafPaths,
  type ManagedFieldsEntry,
  managedFieldsOf,
  union,
  type Write,
} from './managed-fields.js';

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function mergeInto(live: Record<string, unknown>, applied: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(applied)) {
    const present = live[key];
    if (isMap(present) && isMap(value)) mergeInto(present, value);
    else if (key === 'finalizers' && Array.isArray(present) && Array.isArray(value))
      live[key] = [...new Set([...present, ...value])];
    else if (key === 'ownerReferences' && Array.isArray(present) && Array.isArray(value))
      live[key] = [
        ...present.filter((owner: Untyped) => !value.some((other: Untyped) => other.uid === owner.uid)),
        ...value,
      ];
    else live[key] = value;
  }
}

function removeFields(value: unknown, fields: FieldSet): void {
  for (const [part, inner] of Object.entries(fields)) {
    if (part === '.') continue;
    if (part.startsWith('f:') && isMap(value)) {
      const key = part.slice(2);
      if (isEmptySet(inner)) delete value[key];
      else {
        removeFields(value[key], inner);
        const rest = value[key];
        const emptied =
          '.' in inner && (isMap(rest) || Array.isArray(rest)) && Object.keys(rest).length === 0;
        if (emptied) delete value[key];
      }
    } else if (Array.isArray(value)) {
      const wanted = JSON.parse(part.slice(2));
      const at = value.findIndex((item) =>
        part.startsWith('v:') ? item === wanted : item?.uid === wanted.uid,
      );
      if (at >= 0) value.splice(at, 1);
    }
  }
}

function conflictsWith(others: ManagedFieldsEntry[], applied: FieldSet, live: KubeObject, config: NewObject) {
  return others.flatMap((entry) => {
    const contested = differing(intersection(applied, entry.fieldsV1), live, config);
    return leafPaths(contested).map((field) => ({ entry, field }));
  });
}

/**
 * Server-side apply: the configuration merged over the live object, fields dropped that only this manager
 * owned and no longer names, and managedFields to match. Lists are replaced whole.
 * @throws StatusError 409 naming each field another manager holds at another value, unless forced.
 */
export function applyConfiguration(
  kind: ResourceKind,
  live: KubeObject | undefined,
  config: NewObject,
  write: Write,
  force: boolean,
): NewObject {
  const owned = fieldsOf(config);
  if (!live) {
    const created = mutableCopy(config);
    created.metadata.managedFields = assign([], write, owned, {});
    return created;
  }
  const entries = managedFieldsOf(live);
  const isOwn = (entry: ManagedFieldsEntry) =>
    entry.manager === write.manager &&
    entry.operation === 'Apply' &&
    (entry.subresource ?? '') === (write.subresource ?? '');
  const others = entries.filter((entry) => !isOwn(entry));
  const conflicts = conflictsWith(others, owned, live, config);
  if (conflicts.length > 0 && !force) throw conflictError(kind, live.metadata.name, conflicts);
  const before = entries.filter(isOwn).reduce<FieldSet>((all, entry) => union(all, entry.fieldsV1), {});
  const held = others.reduce<FieldSet>((all, entry) => union(all, entry.fieldsV1), {});
  const next = mutableCopy(live) as NewObject;
  const { metadata, ...rest } = mutableCopy(config);
  const { labels, annotations, finalizers, ownerReferences, resourceVersion, uid } = metadata;
  const writable = Object.fromEntries(
    Object.entries({ labels, annotations, finalizers, ownerReferences }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  mergeInto(next, { ...rest, metadata: writable });
  removeFields(next, difference(difference(before, owned), held));
  const taken = differing(owned, live, config);
  next.metadata.managedFields = assign(others, write, owned, force ? taken : {});
  if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
  if (uid) next.metadata.uid = uid;
  return next;
}

function conflictError(
  kind: ResourceKind,
  name: string,
  conflicts: { entry: ManagedFieldsEntry; field: string }[],
): StatusError {
  const using = (entry: ManagedFieldsEntry) =>
    `conflict with ${JSON.stringify(entry.manager)} using ${entry.apiVersion}`;
  const count = conflicts.length;
  const told = conflicts.map(({ entry, field }) => `${using(entry)}: ${field}`);
  return new StatusError(
    409,
    'Conflict',
    `Apply failed with ${count} conflict${count === 1 ? '' : 's'}: ${told.join('\n')}`,
    {
      name,
      ...(kind.group ? { group: kind.group } : {}),
      kind: kind.plural,
      causes: conflicts.map(({ entry, field }) => ({
        reason: 'FieldManagerConflict',
        message: using(entry),
        field,
      })),
    },
  );
}
