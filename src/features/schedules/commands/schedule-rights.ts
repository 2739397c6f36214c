import { Injectable } from '@nestjs/common';
import { forbidden } from '../../../kernel/failures.js';
import type { Permission } from '../../../kernel/permission.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import type { Keep, Schedule } from '../domain/schedule.js';

/** A schedule does in its owner's name what its owner may do, and is no way to do more. */
@Injectable()
export class ScheduleRights {
  constructor(private readonly access: AccessPort) {}

  /** Throws auth.forbidden where the caller may not do by hand what the schedule is to do. */
  check(principal: Principal, project: ProjectRef, keep: Keep): void {
    const missing = this.#missing(principal, project, keep);
    if (missing === null) return;
    throw forbidden(`A schedule acts for you, and the permission "${missing}" is missing here.`, {
      details: { permission: missing },
    });
  }

  /** The owner as of now, with all that the account may do; or why the schedule cannot go on in its name. */
  async owner(
    { owner, keep }: Schedule,
    project: ProjectRef,
  ): Promise<{ principal: Principal; problem: null } | { principal: null; problem: string }> {
    // Tokens expire, schedules go on: it is the account that owns one.
    const principal = await this.access.refresh({ id: owner.id, tokenId: null });
    if (!principal) return { principal: null, problem: `Its owner ${owner.name} is gone.` };
    const missing = this.#missing(principal, project, keep);
    return missing === null
      ? { principal, problem: null }
      : { principal: null, problem: `Its owner ${owner.name} no longer holds "${missing}" here.` };
  }

  #missing(principal: Principal, project: ProjectRef, keep: Keep): Permission | null {
    const deletes = Object.values(keep).some((rule) => rule !== null);
    const asked: Permission[] = ['snapshots:create', ...(deletes ? (['snapshots:delete'] as const) : [])];
    return asked.find((permission) => !this.access.allows(principal, permission, project)) ?? null;
  }
}
