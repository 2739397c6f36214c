import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Clock } from '../../../kernel/clock.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { Database } from '../../../platform/database/database.js';
import type { AccessTables } from './access-tables.js';

export interface OwnServiceAccount {
  name: string;
  /** Those that are good still. */
  tokens: number;
}

/** What stands in the way of a tenant's deletion, and what would go with it. */
export interface TenantAssociates {
  /** In the way: they have to be deleted first. */
  projects: string[];
  serviceAccounts: OwnServiceAccount[];
  /** Roles that somebody has in the whole tenant. */
  members: number;
  /** Its own. */
  roles: string[];
}

/** Reads it from virtgate's own records, which is all that a tenant without projects has. */
@Injectable()
export class TenantContents {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async of({ id }: TenantRef): Promise<TenantAssociates> {
    const tables = this.database.tables<AccessTables>();
    const named = (table: 'project' | 'role') =>
      tables.selectFrom(table).select('name').where('tenant_id', '=', id).orderBy('name').execute();
    const [projects, roles] = [await named('project'), await named('role')];
    const accounts = await tables
      .selectFrom('service_account')
      .leftJoin('api_token', (join) =>
        join
          .onRef('api_token.service_account_id', '=', 'service_account.id')
          .on('api_token.revoked_at', 'is', null)
          .on('api_token.expires_at', '>', this.clock.now()),
      )
      .select(['service_account.name', sql<number>`count(api_token.id)::int`.as('tokens')])
      .where('service_account.tenant_id', '=', id)
      .groupBy('service_account.name')
      .orderBy('service_account.name')
      .execute();
    const { members } = await tables
      .selectFrom('role_binding')
      .select(sql<number>`count(*)::int`.as('members'))
      .where('tenant_id', '=', id)
      .executeTakeFirstOrThrow();
    return { projects: projects.map(nameOf), serviceAccounts: accounts, members, roles: roles.map(nameOf) };
  }
}

const nameOf = ({ name }: { name: string }): string => name;
