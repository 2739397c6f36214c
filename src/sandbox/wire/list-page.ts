import type { KubeObject } from '../store/kube-object.js';
import type { ResourceKind } from '../store/resource-kind.js';
import type { SqliteObjectStore } from '../store/sqlite-object-store.js';
import { StatusError } from '../store/status-error.js';
import { integerOf } from './api-call.js';
import { decodeContinue, encodeContinue } from './continue-token.js';
import { readSelector } from './selectors.js';

export interface Page {
  objects: readonly KubeObject[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

const keyOf = (object: KubeObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** Order of the store: by namespace, then by name (a plain comparison of the joined keys would not be it). */
const isAfter = (object: KubeObject, key: string) => {
  const [namespace = '', name = ''] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
  const own = object.metadata.namespace ?? '';
  return own === namespace ? object.metadata.name > name : own > namespace;
};

export const tooLargeVersion = (asked: number, present: number) =>
  new StatusError(504, 'Timeout', `Too large resource version: ${asked}, current: ${present}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

export const expired = (message: string) => new StatusError(410, 'Expired', message);

/**
 * A page of a list. Later pages show the present state after the last key, told at the first page's revision:
 * a watch from there brings whatever changed in between.
 */
export function listPage(
  store: SqliteObjectStore,
  kind: ResourceKind,
  namespace: string | undefined,
  query: URLSearchParams,
  name?: string,
): Page {
  const limit = integerOf(query, 'limit') ?? 0;
  const selector = readSelector(kind.resource, query);
  const token = query.get('continue') ? decodeContinue(query.get('continue') as string) : undefined;
  const asked = token ? undefined : integerOf(query, 'resourceVersion');
  if (asked !== undefined && asked > store.revision) throw tooLargeVersion(asked, store.revision);
  if (query.get('resourceVersionMatch') === 'Exact' && asked !== undefined && asked !== store.revision)
    throw expired(`The resourceVersion for the provided list is too old.`);
  if (token && store.changesSince(token.revision) === undefined)
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  const revision = token?.revision ?? store.revision;
  let objects = store.list(kind.resource, kind.namespaced ? namespace : undefined);
  if (name !== undefined) objects = objects.filter((object) => object.metadata.name === name);
  if (selector) objects = objects.filter(selector);
  if (token) objects = objects.filter((object) => isAfter(object, token.after));
  const metadata: Page['metadata'] = { resourceVersion: String(revision) };
  if (limit > 0 && objects.length > limit) {
    const page = objects.slice(0, limit);
    metadata.continue = encodeContinue({ revision, after: keyOf(page[page.length - 1] as KubeObject) });
    if (!selector) metadata.remainingItemCount = objects.length - limit;
    return { objects: page, metadata };
  }
  return { objects, metadata };
}
