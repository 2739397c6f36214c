import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { lastMove, type MoveView, type ObservedMove } from '../domain/move.js';
import type {
  ObservedClaim,
  ObservedDataVolume,
  ObservedEvent,
  ObservedHost,
  ObservedInstance,
  ObservedMachine,
  TrashedMachine,
} from '../domain/observed.js';
import {
  claimViews,
  dataVolumeViews,
  eventViews,
  hostViews,
  instanceViews,
  machineViews,
  trashViews,
} from './cluster-views.js';
import { moveViews } from './move-views.js';

/** The live copies of everything that a machine is made of. */
@Injectable()
export class MachineCaches {
  readonly machines: ResourceCache<ObservedMachine>;
  readonly trash: ResourceCache<TrashedMachine>;
  readonly instances: ResourceCache<ObservedInstance>;
  readonly dataVolumes: ResourceCache<ObservedDataVolume>;
  readonly claims: ResourceCache<ObservedClaim>;
  readonly hosts: ResourceCache<ObservedHost>;
  readonly moves: ResourceCache<ObservedMove>;

  constructor(cache: ClusterCache) {
    this.machines = cache.define(machineViews);
    this.trash = cache.define(trashViews);
    this.instances = cache.define(instanceViews);
    this.dataVolumes = cache.define(dataVolumeViews);
    this.claims = cache.define(claimViews);
    this.hosts = cache.define(hostViews);
    this.moves = cache.define(moveViews);
  }

  /** Whether the node that it runs on is not heard of. */
  isLost(instance: ObservedInstance | undefined): boolean {
    const node = instance?.node;
    return node ? (this.hosts.get('', node)?.lost ?? false) : false;
  }

  /** Of the instance that runs; null where it has not moved, or nobody remembers. */
  lastMove(namespace: string, machine: string): MoveView | null {
    const node = this.instances.get(namespace, machine)?.node ?? null;
    return lastMove(this.moves.by('machine', `${namespace}/${machine}`), node);
  }

  /** In the trash or not. */
  machine(namespace: string, name: string): ObservedMachine | undefined {
    return this.machines.get(namespace, name) ?? this.trash.get(namespace, name);
  }

  /** Whether a machine other than this one has the address, in any project. */
  hasMac(mac: string, { namespace, name }: { namespace: string; name: string }): boolean {
    const found = [
      ...this.machines.by('mac', mac),
      ...this.trash.by('mac', mac),
      ...this.instances.by('mac', mac),
    ];
    return found.some((one) => one.namespace !== namespace || one.name !== name);
  }

  /** Calls back with the machine that any change concerns; a disk is told to every machine that uses it. */
  onChange(listener: (namespace: string, machine: string) => void): () => void {
    const claimed = ({ namespace, name }: { namespace: string; name: string }, owner: string | null) => {
      const claim = `${namespace}/${name}`;
      const all = [...this.machines.by('claim', claim), ...this.trash.by('claim', claim)];
      const users = all.map((vm) => vm.name);
      for (const user of new Set(owner === null ? users : [...users, owner])) listener(namespace, user);
    };
    const stops = [
      this.machines.onChange(({ view }) => listener(view.namespace, view.name)),
      this.trash.onChange(({ view }) => listener(view.namespace, view.name)),
      this.instances.onChange(({ view }) => listener(view.namespace, view.name)),
      this.moves.onChange(({ view }) => listener(view.namespace, view.machine)),
      this.hosts.onChange(({ view, previous }) => {
        if (view.lost === (previous?.lost ?? false)) return;
        for (const on of this.instances.by('node', view.name)) listener(on.namespace, on.name);
      }),
      this.dataVolumes.onChange(({ view }) => claimed(view, view.owner?.name ?? null)),
      this.claims.onChange(({ view }) => {
        const own = this.dataVolumes.get(view.namespace, view.name)?.owner?.name ?? ownerByName(view.name);
        claimed(view, own);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/** After its machine and DataVolume are gone, only its name says whose a claim was. */
const ownerByName = (claim: string): string | null => /^(.+)-root$/.exec(claim)?.[1] ?? null;

/** Events are read by the gateway only; the worker does not keep them. */
@Injectable()
export class EventCache {
  readonly events: ResourceCache<ObservedEvent>;

  constructor(cache: ClusterCache) {
    this.events = cache.define(eventViews);
  }
}
