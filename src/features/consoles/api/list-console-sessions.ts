import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Connection } from '../../../platform/paging/connection.js';
import type { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import type { PageQuery } from '../../../platform/paging/page-query.js';
import { Pager } from '../../../platform/paging/pager.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { ConsoleSessions, toConsoleSession } from '../data/console-sessions.js';
import type { ConsoleSession } from '../domain/console-session.js';
import { toGraphqlType } from './console-session.dto.js';

/** As GraphQL names its type. */
export type GraphqlSession = Omit<ConsoleSession, 'type'> & { type: string };

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
    return this.pager.page(await this.rows(project, vm), { ...query, ...ordering(project, vm) });
  }

  /** Throws vm.not_found. */
  async connection(
    project: ProjectRef,
    vm: string,
    { first, after, last, before }: ConnectionArgs,
  ): Promise<Connection<GraphqlSession>> {
    const rows = (await this.rows(project, vm)).map((row) => ({ ...row, type: toGraphqlType(row.type) }));
    return this.pager.connection(rows, { first, after, last, before, ...ordering(project, vm) });
  }

  private async rows(project: ProjectRef, vm: string): Promise<ConsoleSession[]> {
    this.machines.find(project, vm);
    const now = this.clock.now();
    return (await this.sessions.of(project, vm, now)).map((row) => toConsoleSession(row, now));
  }
}

const ordering = (project: ProjectRef, vm: string) => ({
  order: '-createdAt',
  filter: [project.id, vm],
  keyOf: ({ createdAt, id }: Pick<ConsoleSession, 'createdAt' | 'id'>) => [createdAt, id],
});
