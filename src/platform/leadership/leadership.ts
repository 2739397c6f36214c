/** Among all workers one leads: it alone runs observers and schedulers. */
export abstract class Leadership {
  abstract get leading(): boolean;
  /** Called at each election; at once when this process leads already. */
  abstract onElected(listener: () => void): void;
  /** Called when the lead is lost. What is under way may still finish: writes must carry their own guard. */
  abstract onDeposed(listener: () => void): void;
  abstract start(): void;
  abstract stop(): Promise<void>;
}
