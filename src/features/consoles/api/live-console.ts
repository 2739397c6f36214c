import type { WebSocket } from 'ws';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { RequestContext } from '../../../platform/context/request-context.js';
import type { ConnectedConsole } from '../commands/connect-console.js';
import type { ConsoleSessionRow, Traffic } from '../data/console-sessions.js';
import { isInput } from '../domain/console-activity.js';
import { closeFrame, type EndReason } from '../domain/console-end.js';
import { joinConsole } from './join-console.js';

/** A client that was told to close and does not is cut off. */
const GOODBYE_MS = 2_000;

/** One console that is open in this process. */
export class LiveConsole {
  readonly traffic: Traffic = { toGuest: 0, fromGuest: 0 };
  readonly openedAt = Date.now();
  /** Milliseconds since the epoch. */
  usedAt = Date.now();
  private reason: EndReason | null = null;

  constructor(
    private readonly console: ConnectedConsole & { node: string | null },
    private readonly socket: WebSocket,
    readonly context: RequestContext,
    onEnd: (reason: EndReason) => void,
    whyGuestClosed: () => Promise<EndReason>,
  ) {
    const { type } = console.session;
    socket.once('close', () => onEnd(this.reason ?? 'client-closed'));
    joinConsole(socket, console.guest, {
      toGuest: (data) => {
        this.traffic.toGuest += data.length;
        if (isInput(type, data)) this.usedAt = Date.now();
      },
      fromGuest: (data) => {
        this.traffic.fromGuest += data.length;
        // Whoever copies out of a guest types nothing.
        if (type === 'port-forward') this.usedAt = Date.now();
      },
      guestClosed: () => void whyGuestClosed().then((reason) => this.end(reason)),
    });
  }

  get project(): ProjectRef {
    return this.console.project;
  }

  /** Where the machine was when it was connected. */
  get node(): string | null {
    return this.console.node;
  }

  get session(): ConsoleSessionRow {
    return this.console.session;
  }

  /** Says why, and closes both sides. The first reason stands. */
  end(reason: EndReason): void {
    if (this.reason !== null || this.socket.readyState !== this.socket.OPEN) return;
    this.reason = reason;
    const { code, text } = closeFrame(reason);
    this.socket.close(code, text);
    const goodbye = setTimeout(() => this.socket.terminate(), GOODBYE_MS);
    this.socket.once('close', () => clearTimeout(goodbye));
  }
}
