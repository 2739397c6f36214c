import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { TRASH_TYPE, TrashDirectory, type TrashRow } from '../data/trash-directory.js';
import { trashNotFound } from '../domain/trash-failures.js';
import type { TrashArgs } from './trash.dto.js';

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class TrashReads implements OnModuleInit {
  constructor(
    private readonly directory: TrashDirectory,
    private readonly pager: Pager,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
    private readonly nodes: NodeLoaders,
  ) {}

  onModuleInit(): void {
    this.nodes.register(TRASH_TYPE, (uid, principal) => {
      const machine = this.directory.byUid(uid);
      const project = machine && this.projects.byNamespace(machine.namespace);
      if (!project || !this.access.allows(principal, 'vms:read', project)) return null;
      return this.directory.find(project, machine.name);
    });
  }

  find(project: ProjectRef, name: string): TrashRow | null {
    return this.directory.find(project, name);
  }

  /** Throws trash.not_found. */
  get(project: ProjectRef, name: string): TrashRow {
    const row = this.find(project, name);
    if (!row) throw trashNotFound(`There is no virtual machine "${name}" in the trash of this project.`);
    return row;
  }

  page(
    project: ProjectRef,
    { q, limit, cursor }: { q?: string; limit?: number; cursor?: string },
  ): Page<TrashRow> {
    return this.pager.page(this.#rows(project, q), { limit, cursor, ...ordering(project, q) });
  }

  connection(project: ProjectRef, { q, first, after, last, before }: TrashArgs): Connection<TrashRow> {
    const page = { first, after, last, before };
    return this.pager.connection(this.#rows(project, q), { ...page, ...ordering(project, q) });
  }

  #rows(project: ProjectRef, q: string | null | undefined): TrashRow[] {
    const wanted = q?.toLowerCase() ?? '';
    return this.directory
      .inProject(project)
      .filter(({ name, displayName }) => `${name}\n${displayName ?? ''}`.toLowerCase().includes(wanted));
  }
}

const ordering = ({ id }: ProjectRef, q: string | null | undefined) => ({
  order: 'name',
  filter: ['trash', id, q ?? null],
  keyOf: ({ name }: TrashRow) => [name],
});
