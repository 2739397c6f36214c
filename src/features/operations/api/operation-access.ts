import { Injectable } from '@nestjs/common';
import { forbidden } from '../../../kernel/failures.js';
import type { Permission } from '../../../kernel/permission.js';
import { PLATFORM, type Principal } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { fromGlobalId } from '../../../platform/graphql/global-id.js';
import { type FoundOperation, OperationReader } from '../data/operation-reader.js';
import { operationNotFound } from '../domain/operation-failures.js';
import { isOperationId } from '../domain/operation-id.js';

export const OPERATION_TYPE = 'Operation';

/** Operations as far as a principal may see them. */
@Injectable()
export class OperationAccess {
  constructor(
    private readonly reader: OperationReader,
    private readonly access: AccessPort,
  ) {}

  /**
   * By its id or its GraphQL id. Throws operation.not_found for one of another project just as for none, auth.forbidden
   * when it may be seen but not what is asked be done.
   */
  async find(
    principal: Principal,
    id: string,
    permission: Permission = 'operations:read',
  ): Promise<FoundOperation> {
    const key = keyOf(id);
    const found = key === null ? null : await this.reader.find(key);
    if (!found || !this.access.allows(principal, 'operations:read', found.project)) throw operationNotFound();
    if (!this.access.allows(principal, permission, found.project)) {
      throw forbidden(`The permission ${permission} is missing.`, { details: { permission } });
    }
    return found;
  }

  /** Whether somebody who was allowed to look still is. */
  async stillSees({ id, tokenId }: Principal, { project }: FoundOperation): Promise<boolean> {
    const principal = await this.access.refresh({ id, tokenId });
    return principal !== null && this.access.allows(principal, 'operations:read', project);
  }

  /** The projects whose operations a list may show: one by name, or all that the principal may see, and the platform. */
  async projectIds(principal: Principal, project: string | undefined): Promise<string[]> {
    if (project !== undefined) return [(await this.access.project(principal, project, 'operations:read')).id];
    const ids = (await this.access.projects(principal, 'operations:read')).map(({ id }) => id);
    return this.access.allows(principal, 'operations:read', PLATFORM) ? [...ids, PLATFORM.id] : ids;
  }
}

function keyOf(id: string): string | null {
  if (isOperationId(id)) return id;
  const global = fromGlobalId(id);
  return global?.type === OPERATION_TYPE && isOperationId(global.key) ? global.key : null;
}
