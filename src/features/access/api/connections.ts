import { Injectable } from '@nestjs/common';
import type { TenantRef } from '../../../platform/access/access-port.js';
import type { Connection } from '../../../platform/paging/connection.js';
import type { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { Pager } from '../../../platform/paging/pager.js';
import type { MemberScope } from '../commands/member-commands.js';
import type { ServiceAccount } from '../commands/service-account-commands.js';
import type { ProjectRecord } from '../data/access-directory.js';
import type { Member } from '../data/binding-rows.js';
import type { TenantEntry } from '../data/tenant-entry.js';
import type { TokenRow } from '../data/token-rows.js';
import type { ProjectArgs, SearchArgs } from './connection-arguments.js';
import {
  memberNode,
  type ProjectNode,
  projectNode,
  serviceAccountNode,
  type TenantNode,
  tenantNode,
} from './nodes.js';
import { namedLike, projectMatcher } from './queries.js';
import { type MemberView, type ServiceAccountView, type TokenView, tokenView } from './views.js';

const byName = ({ name }: { name: string }) => [name];
const byId = ({ id }: { id: string }) => [id];

/** GraphQL's pages of what the room reads. The filters of cursors say which list they belong to. */
@Injectable()
export class AccessConnections {
  constructor(private readonly pager: Pager) {}

  tenants(rows: readonly TenantEntry[], args: SearchArgs): Connection<TenantNode> {
    const filter = ['tenants', args.q ?? null];
    const nodes = rows.filter(namedLike(args.q)).map(tenantNode);
    return this.pager.connection(nodes, { ...args, order: 'name', filter, keyOf: byName });
  }

  projects(
    rows: readonly ProjectRecord[],
    tenant: { id: string } | null,
    args: ProjectArgs,
  ): Connection<ProjectNode> {
    const filter = ['projects', tenant?.id ?? null, args.q ?? null, args.state ?? null, args.label ?? []];
    const nodes = rows
      .filter(({ tenantId }) => tenant === null || tenantId === tenant.id)
      .filter(projectMatcher(args))
      .map(projectNode);
    return this.pager.connection(nodes, { ...args, order: 'name', filter, keyOf: byName });
  }

  members(rows: readonly Member[], scope: MemberScope, args: ConnectionArgs): Connection<MemberView> {
    const filter = ['members', scope];
    return this.pager.connection(rows.map(memberNode), { ...args, order: 'id', filter, keyOf: byId });
  }

  serviceAccounts(
    rows: readonly ServiceAccount[],
    tenant: TenantRef,
    args: SearchArgs,
  ): Connection<ServiceAccountView> {
    const filter = ['service-accounts', tenant.id, args.q ?? null];
    const nodes = rows.filter(namedLike(args.q)).map(serviceAccountNode);
    return this.pager.connection(nodes, { ...args, order: 'name', filter, keyOf: byName });
  }

  tokens(rows: readonly TokenRow[], owner: { id: string }, args: ConnectionArgs): Connection<TokenView> {
    const filter = ['tokens', owner.id];
    return this.pager.connection(rows.map(tokenView), { ...args, order: 'id', filter, keyOf: byId });
  }
}
