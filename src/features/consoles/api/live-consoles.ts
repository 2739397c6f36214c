import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { WebSocket } from 'ws';
import type { ProjectRef } from '../../../kernel/principal.js';
import { type RequestContext, runInContext } from '../../../platform/context/request-context.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { CloseConsole } from '../commands/close-console.js';
import type { ConnectedConsole } from '../commands/connect-console.js';
import { ConsoleAuthority } from '../commands/console-authority.js';
import { ConsoleSessions, FORGOTTEN_AFTER_MS, type Traffic } from '../data/console-sessions.js';
import type { EndReason } from '../domain/console-end.js';
import { ConsoleLimits } from '../domain/console-limits.js';
import { LiveConsole } from './live-console.js';

/** How long a right that was taken away can still type; how old the registry's figures are at most. */
const LOOK_MS = 10_000;
/** How much later than the console the cluster's own word of a move may come. */
const MOVING_MS = 5_000;
const NOTHING: Traffic = { toGuest: 0, fromGuest: 0 };

/** The consoles that are open in this process: looked after, ended when they must, written down when they are over. */
@Injectable()
export class LiveConsoles implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(LiveConsoles.name);
  private readonly live = new Map<string, LiveConsole>();
  private timer: NodeJS.Timeout | undefined;
  private stopListening: () => void = () => {};
  private readonly ending = new Set<Promise<void>>();
  /** When the database was last away, in milliseconds since the epoch. */
  private troubledAt = 0;

  constructor(
    private readonly sessions: ConsoleSessions,
    private readonly authority: ConsoleAuthority,
    private readonly closing: CloseConsole,
    private readonly limits: ConsoleLimits,
    private readonly machines: VirtualMachinesContract,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.lookAround(), LOOK_MS).unref();
    this.stopListening = this.sessions.onSignal((id) => {
      for (const console of id === null ? [...this.live.values()] : [this.live.get(id)]) {
        if (console) void this.look(console);
      }
    });
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    for (const console of this.live.values()) console.end('gateway-stopped');
    while (this.live.size > 0) await sleep(20);
    await Promise.all(this.ending);
  }

  hold(connected: ConnectedConsole, socket: WebSocket, context: RequestContext): void {
    const { session } = connected;
    const console: LiveConsole = new LiveConsole(
      { ...connected, node: this.nodeOf(connected.project, session.vm_name) },
      socket,
      context,
      (reason) => {
        this.live.delete(session.id);
        const over = this.close(console, reason).finally(() => this.ending.delete(over));
        this.ending.add(over);
      },
      () => this.whyGuestClosed(console),
    );
    this.live.set(session.id, console);
    // What was said between the redemption and now is not missed.
    void this.look(console);
  }

  private async lookAround(): Promise<void> {
    await Promise.all([...this.live.values()].map((console) => this.look(console)));
    try {
      const lost = await this.sessions.forgotten();
      // A database that was away has heard of nobody: first all gateways tell it again.
      if (Date.now() - this.troubledAt < FORGOTTEN_AFTER_MS) return;
      for (const session of lost) await this.closing.execute(session, 'gateway-gone', NOTHING);
    } catch (error) {
      this.troubledAt = Date.now();
      this.logger.warn({ error: (error as Error).message });
    }
  }

  /** A database that is away is no reason to end a console; a right that is gone is. */
  private async look(console: LiveConsole): Promise<void> {
    const { session, traffic } = console;
    const overdue = this.limits.overdue(console.openedAt, console.usedAt, Date.now());
    if (overdue) return console.end(overdue);
    try {
      const row = await this.sessions.find(session.id);
      if (!row || row.revoked_at !== null) return console.end('revoked');
      if (row.end_reason !== null) return console.end(row.end_reason);
      if (!(await this.authority.of(session))) return console.end('right-gone');
      await this.sessions.seen(session.id, traffic);
    } catch (error) {
      this.logger.warn({ session: session.id, error: (error as Error).message });
    }
  }

  /** A session that KubeVirt ends because another took its place was told so before. */
  private async whyGuestClosed({ session, project, node }: LiveConsole): Promise<EndReason> {
    const row = await this.sessions.find(session.id).catch(() => undefined);
    if (row?.end_reason) return row.end_reason;
    // A connection may be over for any reason of the guest's; a screen is over when its machine moves or ends.
    const deadline = Date.now() + (session.type === 'port-forward' ? 0 : MOVING_MS);
    do {
      const now = this.nodeOf(project, session.vm_name);
      if (now !== node) return now === null ? 'machine-closed' : 'machine-moved';
      if (Date.now() < deadline) await sleep(100);
    } while (Date.now() < deadline);
    return 'machine-closed';
  }

  /** Where the machine runs; null where it does not. */
  private nodeOf(project: ProjectRef, name: string): string | null {
    try {
      const { running, node } = this.machines.find(project, name);
      return running ? node : null;
    } catch {
      return null;
    }
  }

  private async close({ session, traffic, context }: LiveConsole, reason: EndReason): Promise<void> {
    try {
      await runInContext(context, () => this.closing.execute(session, reason, traffic));
    } catch (error) {
      // Its gateway tells no more of it: so another one, or this one, closes it later.
      this.logger.warn({ session: session.id, error: (error as Error).message });
    }
  }
}
