import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { DiskDirectory } from '../data/disk-directory.js';
import {
  DISK_KEY,
  DISK_TYPE,
  type DiskFilter,
  type DiskOrder,
  type DiskRow,
  filterDisks,
} from '../data/disk-row.js';
import { diskNotFound } from '../domain/disk-failures.js';

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class DiskReads {
  constructor(
    private readonly directory: DiskDirectory,
    private readonly pager: Pager,
  ) {}

  find(project: ProjectRef, name: string): DiskRow | null {
    return this.directory.get(project, name) ?? null;
  }

  /** Throws disk.not_found. */
  get(project: ProjectRef, name: string): DiskRow {
    const row = this.find(project, name);
    if (!row) throw diskNotFound(`There is no disk "${name}" in this project.`);
    return row;
  }

  page(
    project: ProjectRef,
    filter: DiskFilter,
    order: DiskOrder,
    page: { limit?: number; cursor?: string },
  ): Page<DiskRow> {
    const rows = filterDisks(this.directory.inProject(project, order), filter);
    return this.pager.page(rows, { ...page, ...ordering(project, filter, order) });
  }

  connection(
    project: ProjectRef,
    filter: DiskFilter,
    order: DiskOrder,
    page: { first?: number | null; after?: string | null; last?: number | null; before?: string | null },
  ): Connection<DiskRow> {
    const { first, after, last, before } = page;
    const rows = filterDisks(this.directory.inProject(project, order), filter);
    return this.pager.connection(rows, {
      first,
      after,
      last,
      before,
      ...ordering(project, filter, order),
    });
  }
}

const ordering = (project: ProjectRef, filter: DiskFilter, order: DiskOrder) => ({
  order,
  filter: ['disks', project.id, filter],
  keyOf: DISK_KEY[order],
});

/** `node(id:)` of a disk. */
@Injectable()
export class DiskNodes implements OnModuleInit {
  constructor(
    private readonly loaders: NodeLoaders,
    private readonly directory: DiskDirectory,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(DISK_TYPE, (uid, principal) => {
      const row = this.directory.byUid(uid);
      const project = row && this.projects.byNamespace(row.namespace);
      return row && project && this.access.allows(principal, 'disks:read', project) ? row : null;
    });
  }
}
