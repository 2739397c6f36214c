import type { Type } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { UserView } from './users.dto.js';
import { MemberView, ProjectView, RoleView, ServiceAccountView, TenantView, TokenView } from './views.js';

/** A page of a list, for OpenAPI. */
function pageOf<T>(item: Type<T>, name: string) {
  @ApiSchema({ name })
  class PageView {
    @ApiProperty({ type: [item] }) items!: T[];
    @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
    @ApiProperty({ type: 'integer', description: 'All that the filter matches.' }) total!: number;
  }
  return PageView;
}

export const TenantPage = pageOf(TenantView, 'TenantPage');
export const ProjectPage = pageOf(ProjectView, 'ProjectPage');
export const MemberPage = pageOf(MemberView, 'MemberPage');
export const ServiceAccountPage = pageOf(ServiceAccountView, 'ServiceAccountPage');
export const TokenPage = pageOf(TokenView, 'TokenPage');
export const UserPage = pageOf(UserView, 'UserPage');
export const RolePage = pageOf(RoleView, 'RolePage');
