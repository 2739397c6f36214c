import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { entityTag } from '../../../platform/http/etag.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import type { ObservedContent, ObservedSnapshot } from '../domain/observed.js';
import { type SnapshotView, snapshotView } from '../domain/snapshot-view.js';
import { type SourceMachine, SourceMachines } from '../source-machine.contract.js';
import { SnapshotCaches } from './snapshot-caches.js';

export const SNAPSHOT_TYPE = 'Snapshot';

/** One snapshot as it is answered; its own properties are the fields of GraphQL's type, `view` is REST's. */
export interface SnapshotRow extends SnapshotView {
  uid: string;
  etag: string;
  readonly namespace: string;
  readonly version: string;
  readonly view: SnapshotView;
}

interface Parts {
  content: ObservedContent | undefined;
  machine: SourceMachine | undefined;
  project: string;
}

type Place = Pick<ProjectRef, 'namespace'>;

/** Snapshots as they are answered: made once per change, found through their project's namespace alone. */
@Injectable()
export class SnapshotDirectory {
  readonly #rows = new WeakMap<ObservedSnapshot, Parts & { row: SnapshotRow }>();

  constructor(
    private readonly caches: SnapshotCaches,
    private readonly machines: SourceMachines,
    private readonly projects: ProjectDirectory,
  ) {}

  /** By name. */
  inProject({ namespace }: Place): SnapshotRow[] {
    return this.caches.snapshots.inNamespace(namespace).flatMap((snapshot) => this.#row(snapshot) ?? []);
  }

  get({ namespace }: Place, name: string): SnapshotRow | null {
    const snapshot = this.caches.snapshots.get(namespace, name);
    return snapshot ? this.#row(snapshot) : null;
  }

  byUid(uid: string): SnapshotRow | null {
    for (const snapshot of this.caches.snapshots.all()) {
      if (snapshot.uid === uid) return this.#row(snapshot);
    }
    return null;
  }

  #row(snapshot: ObservedSnapshot): SnapshotRow | null {
    const project = this.projects.byNamespace(snapshot.namespace)?.name;
    if (project === undefined) return null;
    const content = this.caches.contentOf(snapshot);
    const machine = this.machines.machine(snapshot, snapshot.virtualMachine);
    const known = this.#rows.get(snapshot);
    // The same row object for as long as nothing changes: cursors are kept by it.
    if (known?.content === content && known?.machine === machine && known?.project === project) {
      return known.row;
    }
    const row = rowOf(snapshot, { content, machine, project });
    this.#rows.set(snapshot, { content, machine, project, row });
    return row;
  }
}

function rowOf(snapshot: ObservedSnapshot, { content, machine, project }: Parts): SnapshotRow {
  const same = machine && (snapshot.sourceUid === null || snapshot.sourceUid === machine.uid);
  const reasons = new Map<string, string>();
  for (const { name, reason } of same ? machine.volumes : []) if (reason) reasons.set(name, reason);
  const view = snapshotView(snapshot, project, content, reasons);
  const version = [snapshot.uid, snapshot.resourceVersion, content?.resourceVersion, ...reasons].join('/');
  return {
    ...view,
    id: toGlobalId(SNAPSHOT_TYPE, snapshot.uid),
    uid: snapshot.uid,
    etag: entityTag(version),
    namespace: snapshot.namespace,
    version,
    view,
  };
}
