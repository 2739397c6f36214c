import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { entityTag } from '../../../platform/http/etag.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { type MigrationView, migrationView } from '../domain/migration-view.js';
import type { ObservedInstance, ObservedMigration, ObservedMigrationEvent } from '../domain/observed.js';
import { MigrationCaches } from './migration-caches.js';

export const MIGRATION_TYPE = 'Migration';

/** One migration as it is answered; its own properties are the fields of GraphQL's type, `view` is REST's. */
export interface MigrationRow extends MigrationView {
  uid: string;
  etag: string;
  readonly namespace: string;
  readonly version: string;
  readonly view: MigrationView;
}

interface Parts {
  instance: ObservedInstance | undefined;
  events: readonly ObservedMigrationEvent[];
  project: string;
}

type Place = Pick<ProjectRef, 'namespace'>;

/** Migrations as they are answered: made once per change; a project's are found through its namespace alone. */
@Injectable()
export class MigrationDirectory {
  readonly #rows = new WeakMap<ObservedMigration, Parts & { row: MigrationRow }>();

  constructor(
    private readonly caches: MigrationCaches,
    private readonly projects: ProjectDirectory,
  ) {}

  /** Of all projects; what is not of a project is not virtgate's to show. */
  all(): MigrationRow[] {
    return this.#shown(this.caches.migrations.all());
  }

  inProject({ namespace }: Place): MigrationRow[] {
    return this.#shown(this.caches.migrations.inNamespace(namespace));
  }

  get({ namespace }: Place, name: string): MigrationRow | null {
    const migration = this.caches.migrations.get(namespace, name);
    return migration ? this.#row(migration) : null;
  }

  byUid(uid: string): MigrationRow | null {
    for (const migration of this.caches.migrations.all()) {
      if (migration.uid === uid) return this.#row(migration);
    }
    return null;
  }

  #shown(migrations: Iterable<ObservedMigration>): MigrationRow[] {
    return [...migrations].flatMap((migration) => this.#row(migration) ?? []);
  }

  #row(migration: ObservedMigration): MigrationRow | null {
    const { namespace } = migration;
    const project = this.projects.byNamespace(namespace)?.name;
    if (project === undefined) return null;
    const instance = this.caches.instances.get(namespace, migration.virtualMachine);
    const events = this.caches.eventsOf(migration);
    const known = this.#rows.get(migration);
    // The same row object for as long as nothing changes: cursors are kept by it.
    if (known?.instance === instance && known?.project === project && sameAs(known.events, events)) {
      return known.row;
    }
    const view = migrationView(migration, project, instance, events);
    const version = `${migration.uid}/${JSON.stringify(view)}`;
    const row: MigrationRow = {
      ...view,
      id: toGlobalId(MIGRATION_TYPE, migration.uid),
      operation: view.operation && toGlobalId('Operation', view.operation),
      uid: migration.uid,
      etag: entityTag(version),
      namespace,
      version,
      view,
    };
    this.#rows.set(migration, { instance, events: [...events], project, row });
    return row;
  }
}

const sameAs = (before: readonly unknown[], now: readonly unknown[]): boolean =>
  before.length === now.length && before.every((one, index) => one === now[index]);
