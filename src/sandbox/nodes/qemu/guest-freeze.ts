import type { Quiesced } from '../node-driver.js';
import type { NodeLogger } from '../node-logger.js';
import type { GuestAgent } from './guest-agent.js';

export interface GuestFreezeParts {
  /** The guest's agent while it listens. */
  agent(): GuestAgent | undefined;
  /** Writes down whether the guest is, or may be, frozen, before this goes on. */
  remember(frozen: boolean): Promise<void>;
  changed(): void;
  logger: NodeLogger;
}

const RETRY_MS = 500;

/** Freezes a guest's file systems and sees to it that they never stay so. */
export class GuestFreeze {
  #frozen: boolean;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly parts: GuestFreezeParts,
    /** What an earlier process wrote down. */
    frozen: boolean,
  ) {
    this.#frozen = frozen;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Thaws by itself after that time, also when this process has been killed and comes back later. */
  async freeze(timeoutMs: number): Promise<void> {
    const agent = this.parts.agent();
    if (!agent) throw new Error('the guest agent is not connected');
    await this.parts.remember(true);
    this.#set(true);
    try {
      await agent.freeze();
    } catch (error) {
      // It may have frozen all the same, and only been late to say so.
      await this.thaw();
      throw error;
    }
    this.#retryIn(timeoutMs);
  }

  /** Goes on trying by itself where the agent does not take it at once. */
  async thaw(): Promise<void> {
    clearTimeout(this.#timer);
    const agent = this.parts.agent();
    try {
      if (!agent) throw new Error('the guest agent is not connected');
      await agent.thaw();
    } catch (error) {
      if (!this.#frozen) throw error;
      this.parts.logger.warn('a guest could not be thawed yet', { error: String(error) });
      this.#retryIn(RETRY_MS);
      return;
    }
    this.#set(false);
    await this.parts.remember(false);
  }

  /** Runs `begin` with the guest frozen where that can be had. A guest that was frozen before stays so. */
  async around(begin: () => Promise<void>): Promise<Quiesced> {
    if (this.#frozen) {
      await begin();
      return 'frozen';
    }
    if (!this.parts.agent()) {
      await begin();
      return 'no-agent';
    }
    try {
      await this.freeze(60_000);
    } catch (error) {
      this.parts.logger.warn('a guest could not be frozen', { error: String(error) });
      await begin();
      return 'failed';
    }
    try {
      await begin();
    } finally {
      await this.thaw();
    }
    return 'frozen';
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #retryIn(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.thaw().catch(() => undefined), delayMs);
    this.#timer.unref();
  }

  #set(frozen: boolean): void {
    if (this.#frozen === frozen) return;
    this.#frozen = frozen;
    this.parts.changed();
  }
}
