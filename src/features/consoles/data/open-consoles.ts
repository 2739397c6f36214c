import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { AssociatedConsoles } from '../../virtual-machines/virtual-machines.contract.js';
import { ConsoleSessions, toConsoleSession } from './console-sessions.js';

/** Tells the preview of a machine's deletion which of its consoles would close: open ones, and tickets that are still good. */
@Injectable()
export class OpenConsoles implements OnModuleInit {
  constructor(
    private readonly sessions: ConsoleSessions,
    private readonly associated: AssociatedConsoles,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.associated.tellFrom(async (project, vm) => {
      const now = this.clock.now();
      const rows = await this.sessions.of(project, vm, now);
      return rows
        .map((row) => toConsoleSession(row, now))
        .filter(({ state, revokedAt }) => state !== 'ENDED' && revokedAt === null)
        .map(({ id, type, requestedBy, connectedAt }) => ({ id, type, requestedBy, connectedAt }));
    });
  }
}
