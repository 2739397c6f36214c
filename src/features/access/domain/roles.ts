import { PERMISSIONS, type Permission } from '../../../kernel/permission.js';

/** The built-in roles, smallest first (architecture §6). Each but the last is also a ClusterRole for projects. */
export const PROJECT_ROLES = ['viewer', 'operator', 'editor', 'admin'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

export const PLATFORM_ADMIN = 'platform-admin';

const viewer: readonly Permission[] = [
  'tenants:read',
  'projects:read',
  'quotas:read',
  'operations:read',
  'catalog:read',
  'vms:read',
  'disks:read',
  'images:read',
  'snapshots:read',
  'exports:read',
  'ssh-keys:read',
  'schedules:read',
];
const operator: readonly Permission[] = [
  ...viewer,
  'operations:cancel',
  'vms:start',
  'vms:stop',
  'vms:restart',
  'vms:pause',
  'vms:unpause',
  'vms:soft-reboot',
  'vms:reset',
  'consoles:open',
  'consoles:view',
];
const editor: readonly Permission[] = [
  ...operator,
  'members:read',
  'vms:create',
  'vms:update',
  'vms:delete',
  'vms:clone',
  'vms:migrate',
  'disks:create',
  'disks:update',
  'disks:delete',
  'disks:upload',
  'disks:attach',
  'images:create',
  'images:update',
  'images:delete',
  'snapshots:create',
  'snapshots:delete',
  'snapshots:restore',
  'exports:create',
  'exports:delete',
  'exports:download',
  'exports:secrets',
  'ssh-keys:manage',
  'schedules:manage',
];
const admin: readonly Permission[] = [
  ...editor,
  'tenants:update',
  'projects:create',
  'projects:update',
  'projects:delete',
  'members:manage',
  'service-accounts:read',
  'service-accounts:manage',
  'tokens:create',
  'roles:manage',
  'quotas:manage',
  'audit:read',
  'images:share',
];

const builtIn: ReadonlyMap<string, ReadonlySet<Permission>> = new Map([
  ['viewer', new Set(viewer)],
  ['operator', new Set(operator)],
  ['editor', new Set(editor)],
  ['admin', new Set(admin)],
  [PLATFORM_ADMIN, new Set(PERMISSIONS)],
]);

/** The permissions of a built-in role; undefined for any other name. */
export function builtInPermissions(role: string): ReadonlySet<Permission> | undefined {
  return builtIn.get(role);
}

/**
 * The smallest project role that covers these permissions as far as project roles go at all; null for none. It is
 * the role that the cluster is told, so it must be enough for each of them and no more than needed.
 */
export function smallestCovering(permissions: ReadonlySet<Permission>): ProjectRole | null {
  const wanted = [...permissions].filter((permission) => builtIn.get('admin')?.has(permission));
  if (wanted.length === 0) return null;
  for (const role of PROJECT_ROLES) {
    const covered = builtIn.get(role);
    if (covered && wanted.every((permission) => covered.has(permission))) return role;
  }
  return null;
}
