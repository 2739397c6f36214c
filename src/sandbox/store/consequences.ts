import type { StoreEvent } from './object-store.js';

type Listener = (event: StoreEvent) => void;

/**
 * What follows from a change: listeners hear of it, then garbage is collected, which changes more. All of it
 * once and in order of revision, also when a listener writes in turn; done when the first change returns.
 */
export class Consequences {
  private readonly listeners = new Set<Listener>();
  private readonly toTell: StoreEvent[] = [];
  private readonly toDo: (() => void)[] = [];
  private settling = false;

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: StoreEvent): void {
    this.toTell.push(event);
    this.settle();
  }

  /** To be done once everything that happened so far has been told. */
  afterwards(task: () => void): void {
    this.toDo.push(task);
  }

  settle(): void {
    if (this.settling) return;
    this.settling = true;
    try {
      for (;;) {
        const event = this.toTell.shift();
        if (event) {
          for (const listener of [...this.listeners]) tellOne(listener, event);
          continue;
        }
        const task = this.toDo.shift();
        if (!task) break;
        task();
      }
    } finally {
      this.settling = false;
    }
  }
}

/** A listener's fault must not undo a durable change nor keep it from the others. */
function tellOne(listener: Listener, event: StoreEvent): void {
  try {
    listener(event);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
