import { Injectable } from '@nestjs/common';
import { parseCreatedBy } from '../../../kernel/created-by.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE_RESTORE } from '../../../platform/cluster/kinds.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import {
  ANNOTATION,
  identity,
  record,
  records,
  saidBy,
  text,
} from '../../snapshots/cluster-reading.contract.js';
import { type RestoreFacts, type RestoreView, restoreView } from '../domain/restore-view.js';

export const RESTORE_TYPE = 'Restore';

/** One restore as it is answered; its own properties are the fields of GraphQL's type, `view` is REST's. */
export interface RestoreRow extends RestoreView {
  uid: string;
  readonly namespace: string;
  readonly version: string;
  readonly view: RestoreView;
}

/** Of KubeVirt's restores those that somebody asked for: what a clone makes on its way is nobody's. */
export function observeRestore(object: KubeObject): RestoreFacts | null {
  const { metadata } = object;
  if (metadata.ownerReferences?.some(({ kind }) => kind === 'VirtualMachineClone')) return null;
  const spec = record(object.spec);
  const target = record(spec.target);
  if (target.kind !== 'VirtualMachine') return null;
  const status = record(object.status);
  const failure = saidBy(status.conditions, 'Failure');
  const complete = status.complete === true;
  const live = complete ? 'Succeeded' : failure === null ? 'InProgress' : 'Failed';
  return {
    ...identity(object),
    snapshot: text(spec.virtualMachineSnapshotName) ?? '',
    virtualMachine: text(target.name) ?? '',
    state: metadata.deletionTimestamp ? 'Deleting' : live,
    message: complete ? null : (failure ?? saidBy(status.conditions, 'Progressing')),
    volumes: records(status.restores).map((one) => ({
      name: text(one.volumeName, 63) ?? '',
      claim: text(one.persistentVolumeClaim) ?? '',
    })),
    createdAt: metadata.creationTimestamp ?? '',
    restoredAt: text(status.restoreTime, 40),
    operation: metadata.annotations?.[ANNOTATION.operationId] ?? null,
    createdBy: parseCreatedBy(object.metadata.annotations?.[ANNOTATION.createdBy]),
  };
}

const views: ViewDefinition<RestoreFacts> = {
  kind: VIRTUAL_MACHINE_RESTORE,
  project: observeRestore,
  optional: true,
};

/** A project's restores, found through its namespace alone. */
@Injectable()
export class RestoreDirectory {
  readonly #restores: ResourceCache<RestoreFacts>;
  readonly #rows = new WeakMap<RestoreFacts, RestoreRow>();

  constructor(
    cache: ClusterCache,
    private readonly projects: ProjectDirectory,
  ) {
    this.#restores = cache.define(views);
  }

  /** By name. */
  inProject({ namespace }: Pick<ProjectRef, 'namespace'>): RestoreRow[] {
    return this.#restores.inNamespace(namespace).flatMap((facts) => this.#row(facts) ?? []);
  }

  find({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): RestoreRow | null {
    const facts = this.#restores.get(namespace, name);
    return facts ? this.#row(facts) : null;
  }

  /** Restores are few: node(id:) may look through them. */
  byUid(uid: string): { row: RestoreRow; project: ProjectRef } | null {
    for (const facts of this.#restores.all()) {
      if (facts.uid !== uid) continue;
      const row = this.#row(facts);
      const project = this.projects.byNamespace(facts.namespace);
      return row && project ? { row, project } : null;
    }
    return null;
  }

  /** One object for as long as nothing has changed: pages count on it. */
  #row(facts: RestoreFacts): RestoreRow | null {
    const project = this.projects.byNamespace(facts.namespace)?.name;
    if (project === undefined) return null;
    const known = this.#rows.get(facts);
    if (known?.project === project) return known;
    const view = restoreView(facts, project);
    const row: RestoreRow = {
      ...view,
      id: toGlobalId(RESTORE_TYPE, facts.uid),
      uid: facts.uid,
      namespace: facts.namespace,
      version: `${facts.uid}/${facts.resourceVersion}`,
      view,
    };
    this.#rows.set(facts, row);
    return row;
  }
}
