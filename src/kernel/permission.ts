/** Everything that can be asked of virtgate. Closed: a right that is not here cannot be granted. */
export const PERMISSIONS = [
  'tenants:read',
  'tenants:create',
  'tenants:update',
  'tenants:delete',
  'projects:read',
  'projects:create',
  'projects:update',
  'projects:delete',
  'members:read',
  'members:manage',
  'service-accounts:read',
  'service-accounts:manage',
  'tokens:create',
  'quotas:read',
  'quotas:manage',
  'audit:read',
  'operations:read',
  'operations:cancel',
  'catalog:read',
  'vms:read',
  'vms:create',
  'vms:update',
  'vms:delete',
  'vms:start',
  'vms:stop',
  'vms:restart',
  'vms:pause',
  'vms:unpause',
  'vms:soft-reboot',
  'vms:reset',
  'consoles:open',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

const known: ReadonlySet<string> = new Set(PERMISSIONS);

export function isPermission(value: string): value is Permission {
  return known.has(value);
}
