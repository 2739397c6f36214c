import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { type RequestContext, runInContext } from '../../../platform/context/request-context.js';
import { type UpgradeRequest, UpgradeRouter } from '../../../platform/http/upgrade-router.js';
import { CloseConsole } from '../commands/close-console.js';
import { ConnectConsole } from '../commands/connect-console.js';
import { LiveConsoles } from './live-consoles.js';

const MAX_MESSAGE_BYTES = 1024 * 1024;

/** `/api/v1/consoles/{ticket}`: the ticket is the credential, good for this one connection. */
@Injectable()
export class ConsoleSocket implements OnModuleInit {
  private readonly logger = new Logger(ConsoleSocket.name);

  constructor(
    private readonly router: UpgradeRouter,
    private readonly connect: ConnectConsole,
    private readonly closing: CloseConsole,
    private readonly live: LiveConsoles,
  ) {}

  onModuleInit(): void {
    this.router.add(
      '/api/v1/consoles/:ticket',
      // noVNC offers "binary", and goes without.
      { maxPayload: MAX_MESSAGE_BYTES, protocol: (offered) => (offered.has('binary') ? 'binary' : false) },
      (upgrade) => this.serve(upgrade),
    );
  }

  private serve(upgrade: UpgradeRequest): Promise<void> {
    const { requestId, sourceAddress } = upgrade;
    const context = { requestId, sourceAddress, idempotencyId: null, dryRun: false };
    return runInContext(context, () => this.join(upgrade, context));
  }

  private async join({ params, requestId, accept }: UpgradeRequest, context: RequestContext): Promise<void> {
    const console = await this.connect.execute(params.ticket ?? '', context.sourceAddress);
    const { session, guest } = console;
    guest.on('error', (error) => this.logger.warn({ requestId, session: session.id, error: error.message }));
    let socket: WebSocket;
    try {
      socket = await accept();
    } catch (error) {
      guest.destroy();
      await this.closing.execute(session, 'client-closed', { toGuest: 0, fromGuest: 0 });
      throw error;
    }
    this.live.hold(console, socket, context);
  }
}
