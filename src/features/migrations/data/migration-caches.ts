import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import type {
  ObservedInstance,
  ObservedMigration,
  ObservedMigrationEvent,
  ObservedNode,
} from '../domain/observed.js';
import { instanceViews, migrationEventViews, migrationViews, nodeViews } from './cluster-views.js';

/** The live copies of migrations, of what is migrated and of where it can go. */
@Injectable()
export class MigrationCaches {
  readonly migrations: ResourceCache<ObservedMigration>;
  readonly instances: ResourceCache<ObservedInstance>;
  readonly events: ResourceCache<ObservedMigrationEvent>;
  readonly nodes: ResourceCache<ObservedNode>;

  constructor(cache: ClusterCache) {
    this.migrations = cache.define(migrationViews);
    this.instances = cache.define(instanceViews);
    this.events = cache.define(migrationEventViews);
    this.nodes = cache.define(nodeViews);
  }

  /** Of one machine. */
  of(namespace: string, machine: string): readonly ObservedMigration[] {
    return this.migrations.by('machine', `${namespace}/${machine}`);
  }

  eventsOf(migration: Pick<ObservedMigration, 'uid'>): readonly ObservedMigrationEvent[] {
    return this.events.by('migration', migration.uid);
  }

  /** Told after a migration, or the instance that it moves, has changed. Returns how to stop. */
  onChange(listener: (namespace: string, machine: string) => void): () => void {
    const stops = [
      this.migrations.onChange(({ view }) => listener(view.namespace, view.virtualMachine)),
      this.instances.onChange(({ view }) => listener(view.namespace, view.name)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
