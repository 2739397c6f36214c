import { Injectable } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { SnapshotDirectory, type SnapshotRow } from '../data/snapshot-directory.js';
import { snapshotNotFound } from '../domain/snapshot-failures.js';

export interface SnapshotFilter {
  vm?: string | null;
  state?: string | null;
  q?: string | null;
}

interface Relay {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class SnapshotReads {
  constructor(
    private readonly directory: SnapshotDirectory,
    private readonly pager: Pager,
  ) {}

  find(project: Pick<ProjectRef, 'namespace'>, name: string): SnapshotRow | null {
    return this.directory.get(project, name);
  }

  /** Throws snapshot.not_found. */
  get(project: ProjectRef, name: string): SnapshotRow {
    const row = this.find(project, name);
    if (!row) throw snapshotNotFound(`There is no snapshot "${name}" in this project.`);
    return row;
  }

  page(
    project: ProjectRef,
    filter: SnapshotFilter,
    page: { limit?: number; cursor?: string },
  ): Page<SnapshotRow> {
    return this.pager.page(this.#rows(project, filter), { ...page, ...ordering(project, filter) });
  }

  connection(
    project: Pick<ProjectRef, 'namespace'>,
    filter: SnapshotFilter,
    { first, after, last, before }: Relay,
  ): Connection<SnapshotRow> {
    const page = { first, after, last, before };
    return this.pager.connection(this.#rows(project, filter), { ...page, ...ordering(project, filter) });
  }

  #rows(project: Pick<ProjectRef, 'namespace'>, { vm, state, q }: SnapshotFilter): SnapshotRow[] {
    const wanted = q?.toLowerCase() ?? '';
    return this.directory
      .inProject(project)
      .filter(
        (row) =>
          (!vm || row.virtualMachine === vm) &&
          (!state || row.state === state) &&
          (wanted === '' || row.name.includes(wanted)),
      );
  }
}

const ordering = ({ namespace }: Pick<ProjectRef, 'namespace'>, { vm, state, q }: SnapshotFilter) => ({
  order: 'name',
  filter: ['snapshots', namespace, vm ?? null, state ?? null, q ?? null],
  keyOf: ({ name }: SnapshotRow) => [name],
});
