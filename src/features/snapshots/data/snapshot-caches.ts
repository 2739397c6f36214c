import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import type { ObservedContent, ObservedSnapshot } from '../domain/observed.js';
import { type ObservedRestore, ObservedRestores } from '../observed-restores.contract.js';
import { type SourceInstance, type SourceMachine, SourceMachines } from '../source-machine.contract.js';
import { contentViews, restoreViews, snapshotViews } from './cluster-views.js';
import { sourceInstanceViews, sourceMachineViews } from './source-views.js';

/** The live copies of snapshots and of what is being restored from them. */
@Injectable()
export class SnapshotCaches extends ObservedRestores {
  readonly snapshots: ResourceCache<ObservedSnapshot>;
  readonly contents: ResourceCache<ObservedContent>;
  readonly restores: ResourceCache<ObservedRestore>;

  constructor(cache: ClusterCache) {
    super();
    this.snapshots = cache.define(snapshotViews);
    this.contents = cache.define(contentViews);
    this.restores = cache.define(restoreViews);
  }

  restore({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): ObservedRestore | undefined {
    return this.restores.get(namespace, name);
  }

  onRestore(listener: (namespace: string, target: string) => void): () => void {
    return this.restores.onChange(({ view }) => listener(view.namespace, view.target));
  }

  contentOf({ namespace, name }: Pick<ObservedSnapshot, 'namespace' | 'name'>): ObservedContent | undefined {
    return this.contents.by('snapshot', `${namespace}/${name}`)[0];
  }

  /** Calls back with the snapshot and its machine; null for the machine where only a copy of volumes is left. */
  onChange(listener: (namespace: string, snapshot: string, machine: string | null) => void): () => void {
    const stops = [
      this.snapshots.onChange(({ view }) => listener(view.namespace, view.name, view.virtualMachine)),
      this.contents.onChange(({ view }) => {
        const machine = this.snapshots.get(view.namespace, view.snapshot)?.virtualMachine ?? null;
        listener(view.namespace, view.snapshot, machine);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}

@Injectable()
export class CachedSourceMachines extends SourceMachines {
  readonly #machines: ResourceCache<SourceMachine>;
  readonly #instances: ResourceCache<SourceInstance>;

  constructor(cache: ClusterCache) {
    super();
    this.#machines = cache.define(sourceMachineViews);
    this.#instances = cache.define(sourceInstanceViews);
  }

  machine({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): SourceMachine | undefined {
    const found = this.#machines.get(namespace, name);
    return found?.trashed ? undefined : found;
  }

  inTrash({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): boolean {
    return this.#machines.get(namespace, name)?.trashed === true;
  }

  instance({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): SourceInstance | undefined {
    return this.#instances.get(namespace, name);
  }

  onChange(listener: (namespace: string, name: string) => void): () => void {
    const stops = [
      this.#machines.onChange(({ view }) => listener(view.namespace, view.name)),
      this.#instances.onChange(({ view }) => listener(view.namespace, view.name)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
