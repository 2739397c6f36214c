import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { PageQuery } from '../../../platform/paging/page-query.js';
import { Pager } from '../../../platform/paging/pager.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { ConsoleSessions, toConsoleSession } from '../data/console-sessions.js';
import type { ConsoleSession } from '../domain/console-session.js';

/** A machine's console sessions of the last day, newest first. */
@Injectable()
export class ListConsoleSessions {
  constructor(
    private readonly sessions: ConsoleSessions,
    private readonly machines: VirtualMachinesContract,
    private readonly pager: Pager,
    private readonly clock: Clock,
  ) {}

  /** Throws vm.not_found. */
  async execute(project: ProjectRef, vm: string, query: PageQuery): Promise<Page<ConsoleSession>> {
    this.machines.find(project, vm);
    const rows = await this.sessions.of(project, vm, this.clock.now());
    return this.pager.page(rows.map(toConsoleSession), {
      ...query,
      order: '-createdAt',
      filter: [project.id, vm],
      keyOf: ({ createdAt, id }) => [createdAt, id],
    });
  }
}
