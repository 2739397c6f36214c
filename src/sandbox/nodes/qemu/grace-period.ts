/** A guest that still boots may not have found its power button yet, so it is pressed again. */
const pressAgainMs = 5_000;

export interface GracePeriodActions {
  press(): void;
  pullThePlug(): void;
  now(): number;
}

/** From the first press of the power button to the plug. A later call moves the end. */
export class GracePeriod {
  readonly #actions: GracePeriodActions;
  #timer: NodeJS.Timeout | undefined;

  constructor(actions: GracePeriodActions) {
    this.#actions = actions;
  }

  /** @param end milliseconds since the epoch */
  countDownTo(end: number): void {
    this.stop();
    const left = end - this.#actions.now();
    this.#timer = setTimeout(() => this.#look(end), Math.max(0, Math.min(pressAgainMs, left)));
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(end: number): void {
    if (this.#actions.now() >= end) {
      this.#actions.pullThePlug();
      return;
    }
    this.#actions.press();
    this.countDownTo(end);
  }
}
