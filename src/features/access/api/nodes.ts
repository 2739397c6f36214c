import type { ServiceAccount } from '../commands/service-account-commands.js';
import type { ProjectRecord } from '../data/access-directory.js';
import type { Member } from '../data/binding-rows.js';
import type { TenantEntry } from '../data/tenant-entry.js';
import {
  type MemberView,
  memberView,
  type ProjectView,
  projectView,
  type ServiceAccountView,
  serviceAccountView,
  type TenantView,
  tenantView,
} from './views.js';

/*
 * Parents of GraphQL fields. A Project carries its whole ProjectRef, for other rooms' fields; its `id` is the
 * database's, and the field `id` makes the global one of it.
 */
export type TenantNode = TenantView;
export type ProjectNode = ProjectView & { tenantId: string };

/** GraphQL's enums know no "-". */
const accountType = (type: string) => type.replaceAll('-', '_');

export const tenantNode = (tenant: TenantEntry): TenantNode => tenantView(tenant);

export const projectNode = (project: ProjectRecord): ProjectNode => ({
  ...projectView(project),
  tenantId: project.tenantId,
});

export function memberNode(member: Member): MemberView {
  const view = memberView(member);
  return { ...view, account: accountNode(view.account) };
}

export const accountNode = <T extends { type: string }>(account: T): T => ({
  ...account,
  type: accountType(account.type),
});

export const serviceAccountNode = (account: ServiceAccount): ServiceAccountView =>
  serviceAccountView(account);
