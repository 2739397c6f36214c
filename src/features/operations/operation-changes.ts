import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { OperationReader } from './data/operation-reader.js';
import { isSettled } from './domain/operation.js';
import type { OperationView } from './operations.contract.js';

/** Signals can be missed where the connection is cut silently: so it is looked now and then. */
const LOOK_MS = 5000;

export interface OperationChange {
  /** Grows with every change, not always by one. */
  version: number;
  view: OperationView;
}

/** Everything that clients can see happen to an operation, in order and without gaps, driven by signals. */
@Injectable()
export class OperationChanges implements OnModuleInit, OnModuleDestroy {
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly closing = new AbortController();
  private stopListening: () => void = () => {};

  constructor(
    private readonly database: Database,
    private readonly reader: OperationReader,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.database.listen('operation', (id) => {
      if (id !== null) this.wake(id);
      else for (const each of [...this.waiting.keys()]) this.wake(each);
    });
  }

  onModuleDestroy(): void {
    this.stopListening();
    this.closing.abort();
    for (const each of [...this.waiting.keys()]) this.wake(each);
  }

  /**
   * From the change after `version` (0: from the first) until it has settled or `signal` aborts. An outage of the
   * database is waited out; the end of this process ends it.
   */
  async *follow(id: string, version: number, until: AbortSignal): AsyncGenerator<OperationChange> {
    const signal = AbortSignal.any([until, this.closing.signal]);
    let seen = version;
    while (!signal.aborted) {
      // Listening before reading: what happens in between is heard.
      const next = this.nextSignal(id, LOOK_MS, signal);
      const changes = await this.reader.changesAfter(id, seen).catch(() => []);
      for (const change of changes) {
        if (signal.aborted) return;
        yield change;
        seen = change.version;
        if (isSettled(change.view)) return;
      }
      await next;
      if (changes.length === 0 && !(await this.mayGoOn(id, seen))) return;
    }
  }

  /** The operation once it has settled, or as it is after `ms`; null when it does not exist. */
  async untilSettled(id: string, ms: number): Promise<OperationView | null> {
    const deadline = Date.now() + ms;
    for (;;) {
      const next = this.nextSignal(id, Math.min(LOOK_MS, Math.max(0, deadline - Date.now())));
      const found = await this.reader.find(id);
      if (!found || isSettled(found.view) || Date.now() >= deadline || this.closing.signal.aborted)
        return found?.view ?? null;
      await next;
    }
  }

  /** False when there is nothing more to come: it settled before `seen`, or was pruned. */
  private async mayGoOn(id: string, seen: number): Promise<boolean> {
    const found = await this.reader.find(id).catch(() => undefined);
    if (found === undefined) return true;
    return found !== null && !(isSettled(found.view) && found.version <= seen);
  }

  private nextSignal(id: string, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const group = this.waiting.get(id) ?? new Set();
      this.waiting.set(id, group);
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        group.delete(done);
        if (group.size === 0 && this.waiting.get(id) === group) this.waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done);
      group.add(done);
    });
  }

  private wake(id: string): void {
    for (const done of [...(this.waiting.get(id) ?? [])]) done();
  }
}
