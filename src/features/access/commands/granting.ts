import type { Principal, Scope } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import { lockRole, type Role } from '../data/role-rows.js';
import { grantExceedsOwn, roleNotAssignable, roleUnknown } from '../domain/access-failures.js';
import type { Grants } from '../domain/grants.js';
import { PLATFORM_ADMIN } from '../domain/roles.js';

/** The role, if it exists, fits the scope, and its giver holds all of it there. */
export async function grantableRole(
  tx: Tx,
  name: string,
  scope: Scope,
  giver: { principal: Principal; grants: Grants },
): Promise<Role> {
  const role = await lockRole(tx, name, 'share');
  // A tenant's role is for its own use, and not there for others.
  if (!role || (role.tenantId !== null && (scope.level === 'platform' || scope.tenantId !== role.tenantId)))
    throw roleUnknown(`There is no role "${name}".`);
  if (name === PLATFORM_ADMIN && scope.level !== 'platform') {
    throw roleNotAssignable(`"${PLATFORM_ADMIN}" is a role on the platform, not on a ${scope.level}.`);
  }
  const missing = giver.grants.lacking([...role.permissions, 'members:manage'], scope);
  if (missing.length > 0) {
    throw grantExceedsOwn(`To grant "${name}" here takes ${missing.join(', ')}.`, { details: { missing } });
  }
  return role;
}
