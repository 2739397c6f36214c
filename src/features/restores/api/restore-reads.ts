import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { RESTORE_TYPE, RestoreDirectory, type RestoreRow } from '../data/restore-directory.js';
import { restoreNotFound } from '../domain/restore-failures.js';

export interface RestoreFilter {
  vm?: string | null;
  snapshot?: string | null;
}

interface Relay {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** What the doors of REST and GraphQL read alike; and `node(id:)` of a restore. */
@Injectable()
export class RestoreReads implements OnModuleInit {
  constructor(
    private readonly directory: RestoreDirectory,
    private readonly pager: Pager,
    private readonly loaders: NodeLoaders,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(RESTORE_TYPE, (uid, principal) => {
      const found = this.directory.byUid(uid);
      return found && this.access.allows(principal, 'snapshots:read', found.project) ? found.row : null;
    });
  }

  find(project: ProjectRef, name: string): RestoreRow | null {
    return this.directory.find(project, name);
  }

  /** Throws restore.not_found. */
  get(project: ProjectRef, name: string): RestoreRow {
    const row = this.find(project, name);
    if (!row) throw restoreNotFound(`There is no restore "${name}" in this project.`);
    return row;
  }

  page(
    project: ProjectRef,
    filter: RestoreFilter,
    page: { limit?: number; cursor?: string },
  ): Page<RestoreRow> {
    return this.pager.page(this.#rows(project, filter), { ...page, ...ordering(project, filter) });
  }

  connection(
    project: ProjectRef,
    filter: RestoreFilter,
    { first, after, last, before }: Relay,
  ): Connection<RestoreRow> {
    const page = { first, after, last, before };
    return this.pager.connection(this.#rows(project, filter), { ...page, ...ordering(project, filter) });
  }

  #rows(project: ProjectRef, { vm, snapshot }: RestoreFilter): RestoreRow[] {
    return this.directory
      .inProject(project)
      .filter((row) => (!vm || row.virtualMachine === vm) && (!snapshot || row.snapshot === snapshot));
  }
}

const ordering = ({ id }: ProjectRef, { vm, snapshot }: RestoreFilter) => ({
  order: 'name',
  filter: ['restores', id, vm ?? null, snapshot ?? null],
  keyOf: ({ name }: RestoreRow) => [name],
});
