import type { KubeObject } from '../../store/kube-object.js';
import type { ResourceKind } from '../../store/resource-kind.js';
import { builtInColumns } from './built-in-columns.js';
import { type Column, NAME_COLUMN } from './column.js';
import { customColumns } from './custom-columns.js';
import { ageOf } from './human-duration.js';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

const FALLBACK: Column[] = [
  NAME_COLUMN,
  {
    name: 'Age',
    type: 'string',
    format: '',
    description: 'Age of the object.',
    priority: 0,
    cell: (object, now) => ageOf(object.metadata.creationTimestamp, now),
  },
];

export const columnsOf = (kind: ResourceKind): Column[] =>
  kind.custom ? customColumns(kind.resource) : (builtInColumns[kind.resource] ?? FALLBACK);

export const columnDefinitions = (kind: ResourceKind) =>
  columnsOf(kind).map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));

export const partialMetadata = (object: KubeObject, version = 'v1') => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});

/** One row of a server-side table; `full` is the object in the version that was asked for. */
export function tableRow(
  kind: ResourceKind,
  object: KubeObject,
  options: { now: Date; include: IncludeObject; version: string; full: () => KubeObject },
) {
  const cells = columnsOf(kind).map((column) => column.cell(object, options.now));
  if (options.include === 'None') return { cells };
  return {
    cells,
    object: options.include === 'Object' ? options.full() : partialMetadata(object, options.version),
  };
}
