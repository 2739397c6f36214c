import type { Principal, Scope } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import type { AccessTables } from '../data/access-tables.js';
import { findRole, type Role } from '../data/role-rows.js';
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
  const role = await findRole(tx.tables<AccessTables>(), name);
  if (!role) throw roleUnknown(`There is no role "${name}".`);
  if (name === PLATFORM_ADMIN && scope.level !== 'platform') {
    throw roleNotAssignable(`"${PLATFORM_ADMIN}" is a role on the platform, not on a ${scope.level}.`);
  }
  const missing = giver.grants.lacking([...role.permissions, 'members:manage'], scope);
  if (missing.length > 0) {
    throw grantExceedsOwn(`To grant "${name}" here takes ${missing.join(', ')}.`, { details: { missing } });
  }
  return role;
}
