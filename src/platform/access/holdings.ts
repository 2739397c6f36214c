import type { Permission } from '../../kernel/permission.js';
import type { Principal } from '../../kernel/principal.js';

/** Does the principal hold the permission in at least one place: a project, a tenant, the platform? */
export function holdsAnywhere(principal: Principal, permission: Permission, now: Date): boolean {
  if (principal.scopes && !principal.scopes.has(permission)) return false;
  return principal.bindings.some(
    (binding) =>
      binding.permissions.has(permission) && (binding.expiresAt === null || binding.expiresAt > now),
  );
}
