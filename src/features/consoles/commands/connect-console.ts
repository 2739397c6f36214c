import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { type ConsoleSessionRow, ConsoleSessions } from '../data/console-sessions.js';
import { requireConsole } from '../domain/console-access.js';
import { consoleTicketInvalid } from '../domain/console-failures.js';
import { hashTicket, isTicket } from '../domain/console-ticket.js';
import { ConsoleAuthority } from './console-authority.js';

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
