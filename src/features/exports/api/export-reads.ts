import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { EXPORT_TYPE, ExportDirectory, type ExportRow } from '../data/export-directory.js';

const ordering = (project: ProjectRef) => ({
  order: 'name',
  filter: ['exports', project.id],
  keyOf: ({ name }: ExportRow) => [name],
});

/** What the doors of REST and GraphQL read alike; and `node(id:)` of an export. */
@Injectable()
export class ExportReads implements OnModuleInit {
  constructor(
    private readonly directory: ExportDirectory,
    private readonly pager: Pager,
    private readonly loaders: NodeLoaders,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(EXPORT_TYPE, (uid, principal) => {
      const found = this.directory.byUid(uid);
      return found && this.access.allows(principal, 'exports:read', found.project) ? found.row : null;
    });
  }

  find(project: ProjectRef, name: string): ExportRow | null {
    return this.directory.find(project, name);
  }

  /** Throws export.not_found. */
  get(project: ProjectRef, name: string): ExportRow {
    return this.directory.get(project, name);
  }

  page(project: ProjectRef, { limit, cursor }: { limit?: number; cursor?: string }): Page<ExportRow> {
    return this.pager.page(this.directory.inProject(project), { limit, cursor, ...ordering(project) });
  }

  connection(
    project: ProjectRef,
    {
      first,
      after,
      last,
      before,
    }: { first?: number | null; after?: string | null; last?: number | null; before?: string | null },
  ): Connection<ExportRow> {
    const rows = this.directory.inProject(project);
    return this.pager.connection(rows, { first, after, last, before, ...ordering(project) });
  }
}
