import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { type DrainFacts, type DrainReport, drainReport } from '../domain/drain-report.js';
import { nodeNotFound } from '../domain/failures.js';
import { type FencePlan, fencePlan } from '../domain/fence-plan.js';
import { left, NOTHING, plus } from '../domain/node-view.js';
import type {
  Amounts,
  ObservedInstance,
  ObservedKubeVirt,
  ObservedMachine,
  ObservedMaintenance,
  ObservedMigration,
  ObservedNode,
  ObservedPod,
} from '../domain/observed.js';
import {
  instanceViews,
  KUBEVIRT_DEFAULTS,
  kubevirtViews,
  machineViews,
  maintenanceViews,
  migrationViews,
  nodeViews,
  podViews,
} from './cluster-views.js';

/** The live copies of nodes and of what is on them. */
@Injectable()
export class NodeCaches {
  readonly nodes: ResourceCache<ObservedNode>;
  readonly pods: ResourceCache<ObservedPod>;
  readonly instances: ResourceCache<ObservedInstance>;
  readonly machines: ResourceCache<ObservedMachine>;
  readonly migrations: ResourceCache<ObservedMigration>;
  readonly maintenances: ResourceCache<ObservedMaintenance>;
  readonly kubevirts: ResourceCache<ObservedKubeVirt>;

  constructor(
    cache: ClusterCache,
    private readonly projects: ProjectDirectory,
  ) {
    this.nodes = cache.define(nodeViews);
    this.pods = cache.define(podViews);
    this.instances = cache.define(instanceViews);
    this.machines = cache.define(machineViews);
    this.migrations = cache.define(migrationViews);
    this.maintenances = cache.define(maintenanceViews);
    this.kubevirts = cache.define(kubevirtViews);
  }

  /** Throws node.not_found. */
  node(name: string): ObservedNode {
    const node = this.nodes.get('', name);
    if (!node) throw nodeNotFound(`There is no node "${name}".`);
    return node;
  }

  instancesOn(node: string): readonly ObservedInstance[] {
    return this.instances.by('node', node);
  }

  maintenanceOf(node: string): ObservedMaintenance | undefined {
    return this.maintenances.by('node', node)[0];
  }

  allocated(node: string): Amounts {
    return this.pods.by('node', node).reduce((sum, { takes }) => plus(sum, takes), NOTHING);
  }

  /** What a drain would do now; `since`: failed migrations before that do not count. */
  reportOf(node: ObservedNode, since: string | null = null): DrainReport {
    return drainReport(this.#drainFacts(node, since));
  }

  fencePlanOf(node: ObservedNode): FencePlan {
    return fencePlan(node, this.instancesOn(node.name), {
      machine: (instance) => this.machineOf(instance),
      projectOf: (namespace) => this.projectOf(namespace),
    });
  }

  machineOf({ namespace, name }: Pick<ObservedInstance, 'namespace' | 'name'>): ObservedMachine | undefined {
    return this.machines.get(namespace, name);
  }

  projectOf(namespace: string): string | null {
    return this.projects.byNamespace(namespace)?.name ?? null;
  }

  /** Told with the name of the node that a change concerns. Returns how to stop. */
  onChange(listener: (node: string) => void): () => void {
    const stops = [
      this.nodes.onChange(({ view }) => listener(view.name)),
      this.instances.onChange(({ view, previous }) => {
        for (const node of new Set([view.node, previous?.node, view.leaving])) if (node) listener(node);
      }),
      this.migrations.onChange(({ view }) => view.evacuates && listener(view.evacuates)),
      this.maintenances.onChange(({ view }) => listener(view.node)),
      this.pods.onChange(({ view }) => view.instance && listener(view.node)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #drainFacts(node: ObservedNode, since: string | null): DrainFacts {
    const [kubevirt = KUBEVIRT_DEFAULTS] = [...this.kubevirts.all()];
    return {
      node,
      instances: this.instancesOn(node.name),
      machine: (instance) => this.machineOf(instance),
      migrations: ({ namespace, name }) => this.migrations.by('instance', `${namespace}/${name}`),
      takes: ({ uid }) =>
        this.pods.by('instance', uid).find((pod) => pod.node === node.name)?.takes ?? NOTHING,
      projectOf: (namespace) => this.projectOf(namespace),
      others: [...this.nodes.all()]
        .filter(({ name }) => name !== node.name)
        .map((other) => ({ node: other, free: left(other.allocatable, this.allocated(other.name)) })),
      kubevirt,
      since,
    };
  }
}
