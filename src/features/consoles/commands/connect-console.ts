import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { type ConsoleSessionRow, ConsoleSessions } from '../data/console-sessions.js';
import { GuestStreams } from '../data/guest-streams.js';
import { consoleTicketInvalid } from '../domain/console-failures.js';
import { hashTicket, isTicket } from '../domain/console-ticket.js';
import { CloseConsole } from './close-console.js';
import { ConsoleAdmission } from './console-admission.js';
import { ConsoleAuthority } from './console-authority.js';

/** How long whoever is taken over from may take to hear of it; then the cluster ends them. */
const TAKE_OVER_MS = 5_000;
const LOOK_MS = 50;

export interface ConnectedConsole {
  session: ConsoleSessionRow;
  project: ProjectRef;
  /** The guest's side: raw bytes both ways. */
  guest: Duplex;
}

/** Redeems a ticket for the guest's console, with the rights that its maker has now. */
@Injectable()
export class ConnectConsole {
  constructor(
    private readonly sessions: ConsoleSessions,
    private readonly admission: ConsoleAdmission,
    private readonly authority: ConsoleAuthority,
    private readonly guests: GuestStreams,
    private readonly closing: CloseConsole,
  ) {}

  /** Throws console.ticket_invalid, console.not_available, console.in_use, or what the cluster refuses. */
  async execute(ticket: string, sourceAddress: string | null): Promise<ConnectedConsole> {
    if (!isTicket(ticket)) throw consoleTicketInvalid();
    const session = await this.sessions.redeem(hashTicket(ticket), sourceAddress);
    if (!session) throw consoleTicketInvalid();
    try {
      const console = await this.connect(session);
      await this.closing.opened(session, console.project);
      return console;
    } catch (error) {
      await this.closing.execute(session, 'refused', { toGuest: 0, fromGuest: 0 });
      throw error;
    }
  }

  private async connect(session: ConsoleSessionRow): Promise<ConnectedConsole> {
    const held = await this.authority.of(session);
    if (!held) throw consoleTicketInvalid();
    const { project, impersonation } = held;
    const { type, port, vm_name: virtualMachine, take_over: takeOver } = session;
    if (takeOver) await this.takeOver(session);
    const uid = await this.admission.admit({ project, virtualMachine, type, port, takeOver }, session.id);
    if (uid !== session.vm_uid) throw consoleTicketInvalid();
    const guest = await this.guests.open(session, project, impersonation);
    return { session, project, guest };
  }

  /** They are told first, so that they learn why; a gateway that does not close them is not waited for. */
  private async takeOver({ id: own, vm_uid, type }: ConsoleSessionRow): Promise<void> {
    const others = async () => (await this.sessions.openOf(vm_uid, type)).filter(({ id }) => id !== own);
    const ids = (await others()).map(({ id }) => id);
    if (ids.length === 0) return;
    await this.sessions.tellToEnd(ids, 'taken-over');
    const deadline = Date.now() + TAKE_OVER_MS;
    while ((await others()).some(({ id }) => ids.includes(id)) && Date.now() < deadline) await sleep(LOOK_MS);
  }
}
