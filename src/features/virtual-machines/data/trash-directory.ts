import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { entityTag } from '../../../platform/http/etag.js';
import type { TrashedMachine } from '../domain/observed.js';
import { type TrashView, trashView } from '../domain/trash-view.js';
import { AssociatedCaches } from './associated-views.js';
import { MachineCaches } from './machine-caches.js';

export const TRASH_TYPE = 'TrashedVirtualMachine';

/** Its own properties are the fields of GraphQL's type; `view` is the same for REST. */
export interface TrashRow extends TrashView {
  uid: string;
  etag: string;
  readonly namespace: string;
  readonly version: string;
  readonly view: TrashView;
}

type Place = Pick<ProjectRef, 'name' | 'namespace'>;

/** What is in the trash, from memory. */
@Injectable()
export class TrashDirectory {
  constructor(
    private readonly caches: MachineCaches,
    private readonly associated: AssociatedCaches,
  ) {}

  /** By name. */
  inProject(project: Place): TrashRow[] {
    return this.caches.trash.inNamespace(project.namespace).map((machine) => this.#row(project, machine));
  }

  find(project: Place, name: string): TrashRow | null {
    const machine = this.caches.trash.get(project.namespace, name);
    return machine ? this.#row(project, machine) : null;
  }

  /** The namespace and name of the machine with this uid. */
  byUid(uid: string): TrashedMachine | undefined {
    for (const machine of this.caches.trash.all()) if (machine.uid === uid) return machine;
    return undefined;
  }

  #row({ name: project, namespace }: Place, machine: TrashedMachine): TrashRow {
    const chosen = machine.trash?.snapshots ?? [];
    const view = trashView(machine, {
      project,
      stopping: this.caches.instances.get(namespace, machine.name) !== undefined,
      sizeOf: (disk) => this.caches.claims.get(namespace, disk)?.size ?? null,
      snapshots: this.associated
        .snapshotsOf(machine)
        .map(({ name }) => name)
        .filter((name) => chosen.includes(name)),
    });
    const version = createHash('sha1').update(JSON.stringify(view)).digest('base64url');
    return {
      ...view,
      id: toGlobalId(TRASH_TYPE, machine.uid),
      uid: machine.uid,
      etag: entityTag(version),
      namespace,
      version,
      view,
    };
  }
}
