import { defineFailure } from '../../../kernel/failure.js';
import { notFound } from '../../../kernel/failures.js';

export const tenantExists = defineFailure('tenant.exists', 'conflict', 'A tenant of this name exists');
export const tenantNotEmpty = defineFailure(
  'tenant.not_empty',
  'conflict',
  'The tenant still has projects',
  'Delete its projects first.',
);
export const projectExists = defineFailure(
  'project.exists',
  'conflict',
  'A project of this name exists',
  'Names of projects are unique on the whole platform; choose another.',
);
export const projectNotEmpty = defineFailure(
  'project.not_empty',
  'conflict',
  'The project still has virtual machines',
  'Delete its virtual machines first, and purge those in its trash.',
);
export const projectDeleting = defineFailure(
  'project.deleting',
  'conflict',
  'The project is being deleted',
  'Nothing can be made or changed in it any more.',
);
export const namespaceNotAdoptable = defineFailure(
  'project.namespace_not_adoptable',
  'unprocessable',
  'The namespace cannot become that of a project',
  'It must exist, and belong neither to the platform nor to another project.',
);
export const userIsOneself = defineFailure(
  'user.is_oneself',
  'conflict',
  'Nobody blocks themselves',
  'Let another platform administrator do it.',
);
export const memberExists = defineFailure('member.exists', 'conflict', 'The member has this role already');
export const issuerUnknown = defineFailure(
  'member.issuer_unknown',
  'unprocessable',
  'There is no identity provider of this name',
  'Names from identity providers are "<alias>/<name>", with an alias of the setting OIDC_ISSUERS, or "kubernetes".',
);
export const serviceAccountExists = defineFailure(
  'service_account.exists',
  'conflict',
  'A service account of this name exists in the tenant',
);
export const roleUnknown = defineFailure(
  'role.unknown',
  'unprocessable',
  'There is no such role',
  'GET /api/v1/roles lists the roles.',
);
export const roleNotAssignable = defineFailure(
  'role.not_assignable',
  'unprocessable',
  'The role cannot be given here',
);
export const roleExists = defineFailure('role.exists', 'conflict', 'A role of this name exists');
export const roleBuiltIn = defineFailure(
  'role.built_in',
  'conflict',
  'Built-in roles stay as they are',
  'Make a role of your own with the permissions that you want.',
);
export const roleInUse = defineFailure(
  'role.in_use',
  'conflict',
  'Somebody still has the role',
  'Give its holders another role first.',
);
export const grantExceedsOwn = defineFailure(
  'access.grant_exceeds_own',
  'forbidden',
  'Nobody grants what they do not hold',
  'Ask someone who holds these permissions, or grant a smaller role.',
);
export const scopeNotHeld = defineFailure(
  'token.scope_not_held',
  'forbidden',
  'The token would have more rights than its maker',
  'Ask for a subset of the permissions that GET /api/v1/me lists.',
);
export const expiryInvalid = defineFailure(
  'token.expiry_invalid',
  'invalid',
  'The lifetime is not valid',
  'A number and a unit (m, h or d), from "1m" to "365d".',
);
export const tooManyTokens = defineFailure(
  'token.limit_reached',
  'conflict',
  'There are too many live tokens',
  'Revoke tokens that are no longer used.',
);

/** The one answer for what is not there and for what the caller may not see. */
export const unseen = (noun: string, name: string) => notFound(`There is no ${noun} "${name}".`);
