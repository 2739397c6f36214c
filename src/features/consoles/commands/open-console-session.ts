import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { Database } from '../../../platform/database/database.js';
import { timeOrderedId } from '../../../platform/identifiers/time-ordered-id.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import type { ConsoleTables } from '../data/console-sessions.js';
import { requireConsole } from '../domain/console-access.js';
import type { ConsoleType } from '../domain/console-session.js';
import { hashTicket, newTicket, TICKET_LIFETIME_SECONDS } from '../domain/console-ticket.js';

export interface ConsoleRequest {
  principal: Principal;
  project: ProjectRef;
  virtualMachine: string;
  type: ConsoleType;
}

export interface IssuedTicket {
  id: string;
  type: ConsoleType;
  ticket: string;
  expiresAt: Date;
}

/** Issues a one-time ticket, bound to its asker and to this very machine (by uid). */
@Injectable()
export class OpenConsoleSession {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Throws vm.not_found, console.not_available. */
  async execute({ principal, project, virtualMachine, type }: ConsoleRequest): Promise<IssuedTicket> {
    const { uid } = requireConsole(this.machines.find(project, virtualMachine), virtualMachine);
    const ticket = newTicket();
    const now = this.clock.now();
    const id = timeOrderedId(now);
    const expiresAt = new Date(now.getTime() + TICKET_LIFETIME_SECONDS * 1000);
    await this.database.transaction(async (tx) => {
      await tx
        .tables<ConsoleTables>()
        .insertInto('console_session')
        .values({
          id,
          ticket_hash: hashTicket(ticket),
          type,
          project_id: project.id,
          vm_name: virtualMachine,
          vm_uid: uid,
          principal_id: principal.id,
          principal_type: principal.type,
          principal_name: principal.name,
          token_id: principal.tokenId,
          created_at: now,
          expires_at: expiresAt,
          connected_at: null,
          closed_at: null,
          revoked_at: null,
        })
        .execute();
      await this.audit.append(tx, {
        actor: principal,
        action: 'console-session.create',
        target: { type: 'virtual-machine', name: virtualMachine },
        project,
        result: 'succeeded',
        details: { session: id, type },
      });
    });
    return { id, type, ticket, expiresAt };
  }
}
