import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { AccessContract, ProjectDirectory } from '../../access/access.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { type ConsoleSessionRow, ConsoleSessions } from '../data/console-sessions.js';
import { requireConsole } from '../domain/console-access.js';
import { consoleTicketInvalid } from '../domain/console-failures.js';
import { hashTicket, isTicket } from '../domain/console-ticket.js';

export interface ConnectedConsole {
  session: ConsoleSessionRow;
  project: ProjectRef;
  /** The guest's serial port: raw bytes both ways. */
  guest: Duplex;
}

/** Redeems a ticket for the guest's console, with the rights that its maker has now. */
@Injectable()
export class ConnectConsole {
  constructor(
    private readonly sessions: ConsoleSessions,
    private readonly machines: VirtualMachinesContract,
    private readonly authority: ConsoleAuthority,
    private readonly cluster: ClusterClient,
    private readonly clock: Clock,
  ) {}

  /** Throws console.ticket_invalid, console.not_available, or what the cluster refuses. */
  async execute(ticket: string): Promise<ConnectedConsole> {
    if (!isTicket(ticket)) throw consoleTicketInvalid();
    const session = await this.sessions.redeem(hashTicket(ticket), this.clock.now());
    if (!session) throw consoleTicketInvalid();
    const held = await this.authority.of(session);
    if (!held) throw consoleTicketInvalid();
    const machine = requireConsole(this.machines.find(held.project, session.vm_name), session.vm_name);
    if (machine.uid !== session.vm_uid) throw consoleTicketInvalid();
    const guest = await this.cluster.connect(
      held.project.namespace,
      'virtualmachineinstances',
      session.vm_name,
      'console',
      { as: held.impersonation },
    );
    return { session, project: held.project, guest };
  }
}

/** Whether the maker of a session may (still) use it. */
@Injectable()
export class ConsoleAuthority {
  constructor(
    private readonly access: AccessPort,
    private readonly contract: AccessContract,
    private readonly projects: ProjectDirectory,
  ) {}

  /** Null when the maker, the project or the right is gone. */
  async of(session: ConsoleSessionRow) {
    const principal = await this.access.refresh({ id: session.principal_id, tokenId: session.token_id });
    const project = this.projects.byId(session.project_id);
    if (!principal || !project || !this.access.allows(principal, 'consoles:open', project)) return null;
    return { project, impersonation: this.contract.impersonationOf(principal, project) };
  }
}
