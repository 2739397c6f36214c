import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { Clock } from '../../../kernel/clock.js';
import { type UpgradeRequest, UpgradeRouter } from '../../../platform/http/upgrade-router.js';
import { ConnectConsole, type ConnectedConsole } from '../commands/connect-console.js';
import { ConsoleAuthority } from '../commands/console-authority.js';
import { ConsoleSessions } from '../data/console-sessions.js';
import { joinConsole } from './join-console.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long a right that was taken away can still type. */
const RECHECK_MS = 10_000;

/** `/api/v1/consoles/{ticket}`: the ticket is the credential, good for this one connection. */
@Injectable()
export class ConsoleSocket implements OnModuleInit {
  private readonly logger = new Logger(ConsoleSocket.name);

  constructor(
    private readonly router: UpgradeRouter,
    private readonly connect: ConnectConsole,
    private readonly authority: ConsoleAuthority,
    private readonly sessions: ConsoleSessions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.router.add('/api/v1/consoles/:ticket', { maxPayload: MAX_MESSAGE_BYTES }, (upgrade) =>
      this.serve(upgrade),
    );
  }

  private async serve({ params, requestId, accept }: UpgradeRequest): Promise<void> {
    const console = await this.connect.execute(params.ticket ?? '');
    const { session, guest } = console;
    guest.on('error', (error) => this.logger.warn({ requestId, session: session.id, error: error.message }));
    let socket: WebSocket;
    try {
      socket = await accept();
    } catch (error) {
      guest.destroy();
      throw error;
    }
    const recheck = setInterval(() => void this.recheck(console, socket), RECHECK_MS);
    socket.once('close', () => {
      clearInterval(recheck);
      this.sessions
        .close(session.id, this.clock.now())
        .catch((error) => this.logger.warn({ requestId, session: session.id, error: error.message }));
    });
    joinConsole(socket, guest);
  }

  /** A database that is away is no reason to end a console; a right that is gone is. */
  private async recheck({ session }: ConnectedConsole, socket: WebSocket): Promise<void> {
    try {
      if (await this.sessions.isRevoked(session.id)) socket.close(4403, 'This console session was revoked.');
      else if (!(await this.authority.of(session))) socket.close(4403, 'The right to this console is gone.');
    } catch (error) {
      this.logger.warn({ session: session.id, error: (error as Error).message });
    }
  }
}
