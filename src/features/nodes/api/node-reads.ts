import { createHash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { Page } from '../../../kernel/page.js';
import { PLATFORM } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { NodeCaches } from '../data/node-caches.js';
import { type NodeView, nodeView } from '../domain/node-view.js';
import type { ObservedInstance, ObservedNode } from '../domain/observed.js';

export const NODE_TYPE = 'ClusterNode';

/** A node as it is answered: its own properties are the fields of GraphQL's type, `view` is REST's. */
export interface NodeRow extends NodeView {
  uid: string;
  readonly version: string;
  readonly view: NodeView;
}

/** A machine on a node, as far as who minds nodes has to know it. */
export interface NodeMachine {
  /** Null where virtgate knows no project of that namespace. */
  project: string | null;
  namespace: string;
  name: string;
  phase: string;
  liveMigratable: { value: boolean; reason: string | null } | null;
  evictionStrategy: string | null;
  /** It is marked to leave the node. */
  leaving: boolean;
}

interface Relay {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class NodeReads implements OnModuleInit {
  constructor(
    private readonly caches: NodeCaches,
    private readonly pager: Pager,
    private readonly loaders: NodeLoaders,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(NODE_TYPE, (name, principal) =>
      this.access.allows(principal, 'nodes:read', PLATFORM) ? this.find(name) : null,
    );
  }

  find(name: string): NodeRow | null {
    const node = this.caches.nodes.get('', name);
    return node ? this.#row(node) : null;
  }

  /** Throws node.not_found. */
  get(name: string): NodeRow {
    return this.#row(this.caches.node(name));
  }

  page(q: string | undefined, page: { limit?: number; cursor?: string }): Page<NodeRow> {
    return this.pager.page(this.#rows(q), { ...page, ...byName(['nodes', q ?? null]) });
  }

  connection(q: string | null | undefined, { first, after, last, before }: Relay): Connection<NodeRow> {
    return this.pager.connection(this.#rows(q), {
      first,
      after,
      last,
      before,
      ...byName(['nodes', q ?? null]),
    });
  }

  machines(node: string, page: { limit?: number; cursor?: string }): Page<NodeMachine> {
    return this.pager.page(this.#machines(this.caches.node(node).name), { ...page, ...byMachine(node) });
  }

  machineConnection(node: string, { first, after, last, before }: Relay): Connection<NodeMachine> {
    return this.pager.connection(this.#machines(node), { first, after, last, before, ...byMachine(node) });
  }

  #rows(q: string | null | undefined): NodeRow[] {
    if (!this.caches.nodes.synced) throw unavailable('The nodes have not been read from the cluster yet.');
    const wanted = q?.toLowerCase() ?? '';
    return this.caches.nodes
      .inNamespace('')
      .filter(({ name }) => name.includes(wanted))
      .map((node) => this.#row(node));
  }

  #row(node: ObservedNode): NodeRow {
    const view = nodeView(node, {
      allocated: this.caches.allocated(node.name),
      maintenance: this.caches.maintenanceOf(node.name),
      machines: this.caches.instancesOn(node.name).length,
    });
    const version = createHash('sha1').update(JSON.stringify(view)).digest('base64url');
    return { ...view, id: toGlobalId(NODE_TYPE, node.name), uid: node.uid, version, view };
  }

  #machines(node: string): NodeMachine[] {
    return this.caches.instancesOn(node).map((instance) => this.#machine(instance));
  }

  #machine({ namespace, name, phase, migratable, evictionStrategy, leaving }: ObservedInstance): NodeMachine {
    return {
      project: this.caches.projectOf(namespace),
      namespace,
      name,
      phase,
      liveMigratable: migratable,
      evictionStrategy,
      leaving: leaving !== null,
    };
  }
}

const byName = (filter: unknown) => ({
  order: 'name',
  filter,
  keyOf: ({ name }: { name: string }) => [name],
});

const byMachine = (node: string) => ({
  order: 'namespace,name',
  filter: ['node-machines', node],
  keyOf: ({ namespace, name }: NodeMachine) => [namespace, name],
});
