import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { Database } from '../../../platform/database/database.js';
import { timeOrderedId } from '../../../platform/identifiers/time-ordered-id.js';
import type { ConsoleTables } from '../data/console-sessions.js';
import type { ConsoleType } from '../domain/console-session.js';
import { hashTicket, newTicket, TICKET_LIFETIME_SECONDS } from '../domain/console-ticket.js';
import { ConsoleAdmission } from './console-admission.js';

export interface ConsoleRequest {
  principal: Principal;
  project: ProjectRef;
  virtualMachine: string;
  type: ConsoleType;
  /** Of a port-forward, and of nothing else. */
  port: number | null;
  /** Ends whoever has this console when the ticket connects. */
  takeOver: boolean;
}

export interface IssuedTicket {
  id: string;
  type: ConsoleType;
  port: number | null;
  ticket: string;
  expiresAt: Date;
}

/** Issues a one-time ticket, bound to its asker and to this very machine (by uid). */
@Injectable()
export class OpenConsoleSession {
  constructor(
    private readonly admission: ConsoleAdmission,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Throws vm.not_found, console.not_available, console.in_use, console.port_forbidden, request.invalid. */
  async execute(request: ConsoleRequest): Promise<IssuedTicket> {
    const { principal, project, virtualMachine, type, port, takeOver } = request;
    const uid = await this.admission.admit(request);
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
          port,
          take_over: takeOver,
          source_address: null,
          seen_at: null,
          end_reason: null,
        })
        .execute();
      await this.audit.append(tx, {
        actor: principal,
        action: 'console-session.create',
        target: { type: 'virtual-machine', name: virtualMachine },
        project,
        result: 'succeeded',
        details: { session: id, type, ...(port === null ? {} : { port }), ...(takeOver ? { takeOver } : {}) },
      });
    });
    return { id, type, port, ticket, expiresAt };
  }
}
