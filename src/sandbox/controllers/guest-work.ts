import type { GuestObservation, NodeDriver } from '../nodes/node-driver.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';
import type { GuestCommand } from './reconciliation.js';

const RETRY_MS = 10_000;

/** Hands commands to the node driver and remembers what the driver cannot tell again. */
export class GuestWork {
  readonly #signalled = new Map<string, number>();
  readonly #startErrors = new Map<string, { message: string; retryAt: Date }>();

  constructor(
    private readonly driver: NodeDriver,
    private readonly clock: SandboxClock,
    private readonly logger: SandboxLogger,
  ) {}

  observe(uid: string): GuestObservation | undefined {
    return this.driver.observe(uid);
  }

  shutdownSignalled(uid: string): number | undefined {
    return this.#signalled.get(uid);
  }

  startError(uid: string): { message: string; retryAt: Date } | undefined {
    return this.#startErrors.get(uid);
  }

  async run(command: GuestCommand): Promise<void> {
    switch (command.do) {
      case 'start':
        return this.#start(command.spec.uid, () => this.driver.start(command.spec));
      case 'shutdown':
        this.#signalled.set(command.uid, command.gracePeriodSeconds);
        return this.driver.shutdown(command.uid, command.gracePeriodSeconds);
      case 'kill':
        return this.driver.kill(command.uid);
      case 'remove':
        this.#signalled.delete(command.uid);
        this.#startErrors.delete(command.uid);
        return this.driver.remove(command.uid);
    }
  }

  async #start(uid: string, start: () => Promise<void>): Promise<void> {
    try {
      await start();
      this.#startErrors.delete(uid);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#startErrors.set(uid, { message, retryAt: new Date(this.clock.now().getTime() + RETRY_MS) });
      this.logger.warn({ guest: uid, err: message }, 'a guest did not start');
    }
  }

  /** Ends a guest that no instance stands for any more. */
  async end(uid: string): Promise<void> {
    const state = this.driver.observe(uid)?.state;
    if (state === undefined) return;
    if (state !== 'shutdown' && state !== 'crashed') await this.driver.kill(uid);
    await this.run({ do: 'remove', uid });
  }
}
