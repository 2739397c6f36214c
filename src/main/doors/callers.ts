import { builtInPermissions, PLATFORM_ADMIN } from '../../features/access/domain/roles.js';
import type { Permission } from '../../kernel/permission.js';
import type { Requirement } from '../../platform/access/requires.js';

/** Who may come to a door: the columns of docs/access-matrix.md. */
export const CALLERS = [
  'anonymous',
  'expired token',
  'no role',
  'other tenant',
  'narrow token',
  'viewer',
  'operator',
  'editor',
  'admin',
  'platform-admin',
] as const;
export type Caller = (typeof CALLERS)[number];

/** What the tenant's admin has left to its narrow token: enough to get to a machine. */
export const NARROW_SCOPES: readonly Permission[] = ['projects:read', 'vms:read'];

/**
 * `yes`: let through. `own`: let through to what is the caller's own, or everybody's; of another tenant's thing it
 * hears what it would of nothing. `open`: no credential is looked at. A number: refused with that status.
 */
export type Due = 'open' | 'yes' | 'own' | '401' | '403' | '404';

/** What a caller is due where a requirement stands, when it asks about the one tenant, and its project, of `viewer` to `admin`. */
export function dueAt(requirement: Requirement, caller: Caller): Due {
  if (requirement.kind === 'public') return 'open';
  if (caller === 'anonymous' || caller === 'expired token') return '401';
  if (requirement.kind === 'authenticated') return 'own';
  const { permission, on, heldIn } = requirement;
  const holds = permissionsOf(caller).has(permission);
  if (on === 'platform') return caller === PLATFORM_ADMIN && holds ? 'yes' : '403';
  const within = caller !== 'other tenant' && caller !== 'no role';
  if (on === 'any') return !holds ? '403' : within ? 'yes' : 'own';
  if (!within) return '404';
  return holds && (heldIn !== 'platform' || caller === PLATFORM_ADMIN) ? 'yes' : '403';
}

function permissionsOf(caller: Caller): ReadonlySet<Permission> {
  if (caller === 'narrow token') return new Set(NARROW_SCOPES);
  return builtInPermissions(caller === 'other tenant' ? 'admin' : caller) ?? new Set();
}
