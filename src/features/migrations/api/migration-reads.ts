import { Injectable } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import type { MoveCause } from '../../virtual-machines/moves.contract.js';
import { MigrationDirectory, type MigrationRow } from '../data/migration-directory.js';
import { migrationNotFound } from '../domain/failures.js';
import type { MigrationState } from '../domain/observed.js';

export const MIGRATION_ORDERS = ['createdAt', '-createdAt'] as const;
export type MigrationOrder = (typeof MIGRATION_ORDERS)[number];
/** The newest first, as history is read. */
export const DEFAULT_ORDER: MigrationOrder = '-createdAt';

export interface MigrationFilter {
  vm?: string | null;
  state?: MigrationState | null;
  cause?: MoveCause | null;
  /** Where it came from or went to. */
  node?: string | null;
  project?: string | null;
}

interface Forward {
  limit?: number;
  cursor?: string;
}
interface Relay {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** Null: the whole platform. */
type Place = Pick<ProjectRef, 'namespace'> | null;

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class MigrationReads {
  constructor(
    private readonly directory: MigrationDirectory,
    private readonly pager: Pager,
  ) {}

  find(project: Pick<ProjectRef, 'namespace'>, name: string): MigrationRow | null {
    return this.directory.get(project, name);
  }

  /** Throws migration.not_found. */
  get(project: ProjectRef, name: string): MigrationRow {
    const row = this.find(project, name);
    if (!row) throw migrationNotFound(`There is no migration "${name}" in this project.`);
    return row;
  }

  page(place: Place, filter: MigrationFilter, order: MigrationOrder, page: Forward): Page<MigrationRow> {
    const rows = this.#rows(place, filter, order);
    return this.pager.page(rows, { ...page, ...ordering(place, filter, order) });
  }

  connection(
    place: Place,
    filter: MigrationFilter,
    order: MigrationOrder,
    { first, after, last, before }: Relay,
  ): Connection<MigrationRow> {
    const page = { first, after, last, before };
    const rows = this.#rows(place, filter, order);
    return this.pager.connection(rows, { ...page, ...ordering(place, filter, order) });
  }

  #rows(
    place: Place,
    { vm, state, cause, node, project }: MigrationFilter,
    order: MigrationOrder,
  ): MigrationRow[] {
    const sign = order === 'createdAt' ? 1 : -1;
    return (place === null ? this.directory.all() : this.directory.inProject(place))
      .filter(
        (row) =>
          (!vm || row.virtualMachine === vm) &&
          (!state || row.state === state) &&
          (!cause || row.cause === cause) &&
          (!node || row.sourceNode === node || row.targetNode === node) &&
          (!project || row.project === project),
      )
      .sort((a, b) => (key(a) < key(b) ? -sign : sign));
  }
}

const keyOf = ({ createdAt, uid }: MigrationRow): string[] => [createdAt, uid];
const key = (row: MigrationRow): string => keyOf(row).join('\0');

const ordering = (place: Place, filter: MigrationFilter, order: MigrationOrder) => ({
  order,
  filter: ['migrations', place?.namespace ?? null, filter],
  keyOf,
});
