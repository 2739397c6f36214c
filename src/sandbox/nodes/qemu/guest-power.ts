import { FORCED_OFF } from '../node-driver.js';
import type { NodeLogger } from '../node-logger.js';
import type { AgentWatch } from './agent-watch.js';
import { GracePeriod } from './grace-period.js';
import type { GuestRecord } from './guest-record.js';
import type { QmpClient } from './qmp-client.js';

/** A reboot that the guest did not take by then is forgotten; its next power-off is meant as one. */
const rebootPatienceMs = 300_000;

export interface GuestPowerParts {
  record: GuestRecord;
  logger: NodeLogger;
  now(): number;
  /** Throws where the guest does not run. */
  qmp(): QmpClient;
  agent(): AgentWatch | undefined;
  save(): Promise<void>;
  running(): void;
  end(verdict: NonNullable<GuestRecord['ended']>): Promise<void>;
}

/** The power button of a guest: shutting it down within a time, and rebooting it where no agent does. */
export class GuestPower {
  readonly #parts: GuestPowerParts;
  readonly #grace: GracePeriod;
  #wasReset: (() => void) | undefined;

  constructor(parts: GuestPowerParts) {
    this.#parts = parts;
    this.#grace = new GracePeriod({
      now: parts.now,
      press: () => void this.#press().catch(() => undefined),
      pullThePlug: () =>
        void parts.end({ state: 'shutdown', reason: `${FORCED_OFF} after the grace period` }),
    });
  }

  /** Whether the guest's next power-off is the first half of a reboot. */
  get rebooting(): boolean {
    return this.#parts.now() < (this.#parts.record.rebootUntil ?? 0);
  }

  /** Goes on with the grace period of an earlier run. */
  goOn(): void {
    const { killAt } = this.#parts.record;
    if (killAt !== undefined) this.#grace.countDownTo(killAt);
  }

  stop(): void {
    this.#grace.stop();
  }

  async shutdown(gracePeriodMs: number): Promise<void> {
    const { record, now } = this.#parts;
    this.#parts.qmp();
    record.rebootUntil = undefined;
    if (gracePeriodMs <= 0) {
      await this.#parts.end({ state: 'shutdown', reason: `${FORCED_OFF}, without a grace period` });
      return;
    }
    record.killAt = Math.min(record.killAt ?? Number.POSITIVE_INFINITY, now() + gracePeriodMs);
    await this.#parts.save();
    await this.#press();
    this.#grace.countDownTo(record.killAt);
  }

  /** By the agent when it is there, else by the power button and a reset where the power would go off. */
  async softReboot(): Promise<void> {
    const { record, logger, now } = this.#parts;
    this.#parts.qmp();
    const agent = this.#parts.agent();
    if (agent?.connected) {
      try {
        await agent.reboot();
        return;
      } catch (error) {
        logger.warn('guest agent did not take the reboot', { uid: record.spec.uid, error: String(error) });
      }
    }
    record.rebootUntil = now() + rebootPatienceMs;
    await this.#parts.save();
    await this.#press();
  }

  /** The second half of a reboot by the power button. */
  async startAgain(): Promise<void> {
    try {
      const qmp = this.#parts.qmp();
      const isReset = new Promise<void>((resolve) => {
        this.#wasReset = resolve;
      });
      await qmp.execute('system_reset');
      await Promise.race([isReset, qmp.whenClosed]);
      this.#parts.record.rebootUntil = undefined;
      await qmp.execute('cont');
      await this.#parts.save();
      this.#parts.running();
    } catch (error) {
      await this.#parts.end({ state: 'crashed', reason: `The reboot failed: ${(error as Error).message}` });
    }
  }

  /** The machine says that it was reset. */
  wasReset(): void {
    this.#wasReset?.();
  }

  async #press(): Promise<void> {
    await this.#parts.qmp().execute('system_powerdown');
  }
}
