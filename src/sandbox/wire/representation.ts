import { stringify } from 'yaml';
import type { KubeObject } from '../store/kube-object.js';
import { badRequest } from '../store/refusals.js';
import { groupVersion, type ResourceKind } from '../store/resource-kind.js';
import { StatusError } from '../store/status-error.js';
import { columnDefinitions, type IncludeObject, partialMetadata, tableRow } from './table/table.js';

export type Form = 'object' | 'table' | 'partial';

/** How a client wants its answer: the object itself, a table of it, or its metadata only. */
export interface Representation {
  form: Form;
  /** Version of meta.k8s.io for tables and partial metadata. */
  metaVersion: string;
  yaml: boolean;
  include: IncludeObject;
  /** Version of the kind's group in the request's path. */
  version: string;
}

const JSON_TYPES = new Set(['application/json', 'application/*', '*/*', '']);

/** @throws StatusError 406 if the Accept header names nothing that can be served, 400 for a bad includeObject. */
export function negotiate(
  accept: string | undefined,
  query: URLSearchParams,
  version: string,
): Representation {
  const include = query.get('includeObject') || 'Metadata';
  if (include !== 'None' && include !== 'Metadata' && include !== 'Object')
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`);
  const base = { metaVersion: 'v1', yaml: false, include, version } as const;
  for (const clause of (accept ?? '*/*').split(',')) {
    const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
    const parameters = Object.fromEntries(rest.map((part) => part.split('=') as [string, string]));
    const yaml = type === 'application/yaml' || type === 'text/yaml';
    if (!yaml && !JSON_TYPES.has(type)) continue;
    const as = parameters.as;
    if (as === undefined) return { ...base, form: 'object', yaml };
    if (parameters.g !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(parameters.v ?? '')) continue;
    const metaVersion = parameters.v as string;
    if (as === 'Table') return { ...base, form: 'table', metaVersion, yaml };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
      return { ...base, form: 'partial', metaVersion, yaml };
  }
  throw new StatusError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml',
    {},
  );
}

export const contentType = (representation: Representation): string =>
  representation.yaml ? 'application/yaml' : 'application/json';

const texts = new WeakMap<KubeObject, Map<string, string>>();

/** The object in another served version of its group: the same but for `apiVersion`. */
export function inVersion(kind: ResourceKind, object: KubeObject, version: string): KubeObject {
  const apiVersion = groupVersion(kind.group, version);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** The JSON of a stored object; made once per object and version, as objects never change. */
export function objectText(kind: ResourceKind, object: KubeObject, version: string): string {
  let byVersion = texts.get(object);
  if (!byVersion) {
    byVersion = new Map();
    texts.set(object, byVersion);
  }
  let text = byVersion.get(version);
  if (text === undefined) {
    text = JSON.stringify(inVersion(kind, object, version));
    byVersion.set(version, text);
  }
  return text;
}

interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** One object as the client wants it. */
export function renderObject(
  kind: ResourceKind,
  object: KubeObject,
  as: Representation,
  now: Date,
  withColumns = true,
): string {
  if (as.form === 'table')
    return JSON.stringify(
      table(kind, [object], { resourceVersion: object.metadata.resourceVersion }, as, now, withColumns),
    );
  if (as.form === 'partial') return JSON.stringify(partialMetadata(object, as.metaVersion));
  return objectText(kind, object, as.version);
}

/** A page of a list as the client wants it. */
export function renderList(
  kind: ResourceKind,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  as: Representation,
  now: Date,
): string {
  if (as.form === 'table') return JSON.stringify(table(kind, objects, metadata, as, now, true));
  if (as.form === 'partial')
    return JSON.stringify({
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${as.metaVersion}`,
      metadata,
      items: objects.map((object) => partialMetadata(object, as.metaVersion)),
    });
  const head = JSON.stringify({
    apiVersion: groupVersion(kind.group, as.version),
    kind: `${kind.kind}List`,
    metadata,
  });
  const items = objects.map((object) => objectText(kind, object, as.version)).join(',');
  return `${head.slice(0, -1)},"items":[${items}]}`;
}

export const asYaml = (json: string): string => stringify(JSON.parse(json));

function table(
  kind: ResourceKind,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  as: Representation,
  now: Date,
  withColumns: boolean,
) {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${as.metaVersion}`,
    metadata,
    columnDefinitions: withColumns ? columnDefinitions(kind) : null,
    rows: objects.map((object) =>
      tableRow(kind, object, {
        now,
        include: as.include,
        version: as.metaVersion,
        full: () => inVersion(kind, object, as.version),
      }),
    ),
  };
}
