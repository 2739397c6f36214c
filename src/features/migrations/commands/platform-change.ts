import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import type { Principal } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { Database } from '../../../platform/database/database.js';
import { AccessContract } from '../../access/access.contract.js';
import { isDryRun } from '../../operations/outcome.contract.js';

export interface PlatformDeed {
  /** `migration-policy.create` and the like. */
  action: string;
  target: { type: string; name: string };
}

/**
 * Every change of the platform's own settings in the cluster: one write, made as the caller in the platform's group. It
 * is in the audit before it is tried, and how it ended after.
 */
@Injectable()
export class PlatformChange {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly access: AccessContract,
  ) {}

  /** Throws auth.forbidden, and what the work throws. */
  async run<T>(
    principal: Principal,
    deed: PlatformDeed,
    work: (options: { as: Impersonation; dryRun: boolean }) => Promise<T>,
  ): Promise<T> {
    const as = this.access.platformImpersonationOf(principal, 'migrations:manage');
    if (isDryRun()) return work({ as, dryRun: true });
    await this.#record(principal, deed, 'accepted');
    try {
      const result = await work({ as, dryRun: false });
      await this.#record(principal, deed, 'succeeded');
      return result;
    } catch (error) {
      const code = error instanceof Failure ? error.code : 'internal';
      await this.#record(principal, deed, 'failed', { code });
      throw error;
    }
  }

  #record(
    actor: Principal,
    { action, target }: PlatformDeed,
    result: string,
    details?: Record<string, unknown>,
  ): Promise<void> {
    return this.database.transaction((tx) =>
      this.audit.append(tx, { actor, action, target, project: null, result, details }),
    );
  }
}
