import { Injectable } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { MachineDirectory } from '../data/machine-directory.js';
import { EVENT_ORDER, eventKey, type MachineEvent, MachineEvents } from '../data/machine-events.js';
import { filterRows, type MachineFilter } from '../data/machine-filter.js';
import type { MachineRow } from '../data/machine-row.js';
import { KEY_OF, type MachineOrder } from '../data/sorted-rows.js';
import { vmNotFound } from '../domain/failures.js';

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

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class MachineReads {
  constructor(
    private readonly directory: MachineDirectory,
    private readonly events: MachineEvents,
    private readonly pager: Pager,
  ) {}

  find(project: ProjectRef, name: string): MachineRow | null {
    return this.directory.get(project, name) ?? null;
  }

  /** Throws vm.not_found. */
  get(project: ProjectRef, name: string): MachineRow {
    const row = this.find(project, name);
    if (!row) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    return row;
  }

  page(project: ProjectRef, filter: MachineFilter, order: MachineOrder, page: Forward): Page<MachineRow> {
    const rows = filterRows(this.directory.inProject(project, order), filter);
    return this.pager.page(rows, { ...page, order, filter: scope(project, filter), keyOf: KEY_OF[order] });
  }

  connection(
    project: ProjectRef,
    filter: MachineFilter,
    order: MachineOrder,
    { first, after, last, before }: Relay,
  ): Connection<MachineRow> {
    const rows = filterRows(this.directory.inProject(project, order), filter);
    const page = { first, after, last, before };
    return this.pager.connection(rows, {
      ...page,
      order,
      filter: scope(project, filter),
      keyOf: KEY_OF[order],
    });
  }

  eventPage(row: MachineRow, type: string | null, page: Forward): Page<MachineEvent> {
    return this.pager.page(this.#eventsOf(row, type), { ...page, ...eventOrdering(row, type) });
  }

  eventConnection(row: MachineRow, type: string | null, { first, after, last, before }: Relay) {
    const page = { first, after, last, before };
    return this.pager.connection(this.#eventsOf(row, type), { ...page, ...eventOrdering(row, type) });
  }

  #eventsOf(row: MachineRow, type: string | null): MachineEvent[] {
    const events = this.events.of(row);
    return type === null ? events : events.filter((event) => event.type === type);
  }
}

const scope = (project: ProjectRef, filter: MachineFilter) => ['vms', project.id, filter];

const eventOrdering = (row: MachineRow, type: string | null) => ({
  order: EVENT_ORDER,
  filter: ['events', row.uid, type],
  keyOf: eventKey,
});
