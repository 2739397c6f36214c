import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import type { PageQuery } from '../../../platform/paging/page-query.js';
import { Pager } from '../../../platform/paging/pager.js';
import {
  AddMember,
  ChangeMember,
  type MemberScope,
  memberVersion,
  RemoveMember,
} from '../commands/member-commands.js';
import type { AddMemberBody, ChangeMemberBody } from './bodies.js';
import { AccessReading } from './reading.js';
import { type MemberView, memberView } from './views.js';

export const tenantScope = (tenant: TenantRef): MemberScope => ({
  level: 'tenant',
  tenantId: tenant.id,
  tenant: tenant.name,
});

export const projectScope = (project: ProjectRef): MemberScope => ({
  level: 'project',
  tenantId: project.tenantId,
  projectId: project.id,
  project: project.name,
});

/** What the members of a project and of a tenant have in common over REST. */
@Injectable()
export class MembersDoor {
  constructor(
    private readonly reading: AccessReading,
    private readonly pager: Pager,
    private readonly adding: AddMember,
    private readonly changing: ChangeMember,
    private readonly removing: RemoveMember,
  ) {}

  async list(scope: MemberScope, query: PageQuery): Promise<Page<MemberView>> {
    const page = this.pager.page(await this.reading.members(scope), {
      ...query,
      order: 'id',
      filter: ['members', scope],
      keyOf: ({ id }) => [id],
    });
    return { ...page, items: page.items.map(memberView) };
  }

  async get(scope: MemberScope, id: string): Promise<MemberView> {
    const member = await this.reading.member(scope, id);
    return withEtag(memberView(member), memberVersion(member));
  }

  async add(
    principal: Principal,
    scope: MemberScope,
    body: AddMemberBody,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<MemberView> {
    const member = await this.adding.execute(principal, scope, body);
    reply.header('location', `${request.url.split('?')[0]}/${member.id}`);
    return withEtag(memberView(member), memberVersion(member));
  }

  async change(
    principal: Principal,
    scope: MemberScope,
    id: string,
    body: ChangeMemberBody,
    request: FastifyRequest,
  ): Promise<MemberView> {
    const member = await this.changing.execute(principal, scope, id, body, (version) =>
      assertIfMatch(request, version),
    );
    return withEtag(memberView(member), memberVersion(member));
  }

  remove(principal: Principal, scope: MemberScope, id: string, request: FastifyRequest): Promise<void> {
    return this.removing.execute(principal, scope, id, (version) => assertIfMatch(request, version));
  }
}
