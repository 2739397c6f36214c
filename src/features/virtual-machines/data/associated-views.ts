import { Injectable } from '@nestjs/common';
import { formatBytes, parseBytes } from '../../../kernel/quantity.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import {
  VIRTUAL_MACHINE_EXPORT,
  VIRTUAL_MACHINE_SNAPSHOT,
  VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
} from '../../../platform/cluster/kinds.js';
import type { ExportSource } from '../domain/associated-resources.js';
import type { Observed } from '../domain/observed.js';
import { list, record } from './reading.js';

/** VirtualMachineSnapshot as its machine's deletion looks at it. */
export interface SnapshotOfMachine extends Observed {
  machine: string;
  ready: boolean;
  deleting: boolean;
  createdAt: string;
}

/** VirtualMachineSnapshotContent: how much a snapshot holds. */
interface ContentOfSnapshot extends Observed {
  snapshot: string;
  size: string | null;
}

/** VirtualMachineExport: of what. */
export interface ExportOfSource extends Observed {
  source: ExportSource;
  sourceName: string;
}

const identity = ({ metadata }: KubeObject): Observed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

const snapshotViews: ViewDefinition<SnapshotOfMachine> = {
  kind: VIRTUAL_MACHINE_SNAPSHOT,
  project: (object) => ({
    ...identity(object),
    machine: cappedText(record(record(object.spec).source).name, 253) ?? '',
    ready: record(object.status).readyToUse === true,
    deleting: Boolean(object.metadata.deletionTimestamp),
    createdAt: object.metadata.creationTimestamp ?? '',
  }),
  indexes: { machine: ({ namespace, machine }) => [`${namespace}/${machine}`] },
  optional: true,
};

const contentViews: ViewDefinition<ContentOfSnapshot> = {
  kind: VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
  project: (object) => ({
    ...identity(object),
    snapshot: cappedText(record(object.spec).virtualMachineSnapshotName, 253) ?? '',
    size: total(list(record(object.spec).volumeBackups)),
  }),
  indexes: { snapshot: ({ namespace, snapshot }) => [`${namespace}/${snapshot}`] },
  optional: true,
};

const SOURCES: Record<string, ExportSource> = {
  VirtualMachine: 'vm',
  VirtualMachineSnapshot: 'snapshot',
  PersistentVolumeClaim: 'disk',
};

const exportViews: ViewDefinition<ExportOfSource> = {
  kind: VIRTUAL_MACHINE_EXPORT,
  project: (object) => {
    const { kind, name } = record(record(object.spec).source);
    const source = typeof kind === 'string' ? SOURCES[kind] : undefined;
    const sourceName = cappedText(name, 253);
    return source && sourceName ? { ...identity(object), source, sourceName } : null;
  },
  indexes: {
    source: ({ namespace, source, sourceName }) => [`${namespace}/${source}/${sourceName}`],
  },
  optional: true,
};

/** Null while a part is not known. */
function total(backups: readonly unknown[]): string | null {
  let sum = 0n;
  for (const backup of backups.slice(0, 128)) {
    const claim = record(record(backup).persistentVolumeClaim);
    const size = record(record(record(claim.spec).resources).requests).storage;
    const bytes = typeof size === 'string' ? parseBytes(size) : null;
    if (bytes === null) return null;
    sum += bytes;
  }
  return backups.length > 0 ? formatBytes(sum) : null;
}

/** The live copies of what is made of machines and does not go with them by itself. */
@Injectable()
export class AssociatedCaches {
  readonly snapshots: ResourceCache<SnapshotOfMachine>;
  readonly exports: ResourceCache<ExportOfSource>;
  readonly #contents: ResourceCache<ContentOfSnapshot>;

  constructor(cache: ClusterCache) {
    this.snapshots = cache.define(snapshotViews);
    this.exports = cache.define(exportViews);
    this.#contents = cache.define(contentViews);
  }

  snapshotsOf({ namespace, name }: Pick<Observed, 'namespace' | 'name'>): SnapshotOfMachine[] {
    return this.snapshots.by('machine', `${namespace}/${name}`).filter(({ deleting }) => !deleting);
  }

  exportsOf(namespace: string, source: ExportSource, name: string): readonly ExportOfSource[] {
    return this.exports.by('source', `${namespace}/${source}/${name}`);
  }

  sizeOf({ namespace, name }: Pick<Observed, 'namespace' | 'name'>): string | null {
    return this.#contents.by('snapshot', `${namespace}/${name}`)[0]?.size ?? null;
  }
}
