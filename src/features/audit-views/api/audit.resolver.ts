import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { AuditArgs, type AuditRecordView } from './audit.dto.js';
import { AuditList } from './audit-list.js';

@Resolver()
export class AuditResolver {
  constructor(private readonly list: AuditList) {}

  @Query('auditRecords')
  @Requires('audit:read', 'any')
  auditRecords(
    @CurrentPrincipal() principal: Principal,
    @Args() { filter, ...page }: AuditArgs,
  ): Promise<Connection<AuditRecordView>> {
    return this.list.connection(principal, { ...filter }, page);
  }
}
