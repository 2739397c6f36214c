import { SetMetadata } from '@nestjs/common';
import type { Permission } from '../../kernel/permission.js';

export type Requirement =
  | { kind: 'public' }
  | { kind: 'authenticated' }
  | {
      kind: 'permission';
      permission: Permission;
      on: 'project' | 'tenant' | 'platform' | 'any';
      /** Where it must be held, where the thing itself is not enough. */
      heldIn?: 'tenant' | 'platform';
    };

export const REQUIREMENT = 'virtgate:requirement';

/**
 * The right that a route or field asks. `on` says of what:
 * - `project` (default): of the project in route parameter `project`, GraphQL argument `project` or
 *   `input.project`, or of the parent `Project` object; the handler gets it by `@CurrentProject()`.
 * - `tenant`: of the tenant in parameter `tenant`, likewise.
 * - `platform`: of the platform.
 * - `any`: of at least one project or tenant; the handler filters by what the principal may see.
 */
export const Requires = (permission: Permission, on: 'project' | 'tenant' | 'platform' | 'any' = 'project') =>
  SetMetadata(REQUIREMENT, { kind: 'permission', permission, on } satisfies Requirement);

/**
 * The right on a project that only its whole tenant gives, or on a tenant that only the platform gives: who holds it
 * for the thing alone would grant itself what others measure out. Who may not see the thing hears 404 as ever.
 */
export const RequiresAbove = (permission: Permission, on: 'project' | 'tenant') =>
  SetMetadata(REQUIREMENT, {
    kind: 'permission',
    permission,
    on,
    heldIn: on === 'project' ? 'tenant' : 'platform',
  } satisfies Requirement);

/** Anyone with a valid credential: for what belongs to the caller. */
export const Authenticated = () => SetMetadata(REQUIREMENT, { kind: 'authenticated' } satisfies Requirement);

/** No credential at all. */
export const Public = () => SetMetadata(REQUIREMENT, { kind: 'public' } satisfies Requirement);
