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
      const ear = this.listenFor(id, LOOK_MS, signal);
      try {
        const changes = await this.reader.changesAfter(id, seen).catch(() => []);
        for (const change of changes) {
          if (signal.aborted) return;
          yield change;
          seen = change.version;
          if (isSettled(change.view)) return;
        }
        await ear.heard;
        if (changes.length === 0 && !(await this.mayGoOn(id, seen))) return;
      } finally {
        ear.close();
      }
    }
  }

  /** The operation once it has settled, or as it is after `ms`; null when it does not exist. */
  async untilSettled(id: string, ms: number): Promise<OperationView | null> {
    const deadline = Date.now() + ms;
    for (;;) {
      const ear = this.listenFor(id, Math.min(LOOK_MS, Math.max(0, deadline - Date.now())));
      try {
        const found = await this.reader.find(id);
        const over = Date.now() >= deadline || this.closing.signal.aborted;
        if (!found || isSettled(found.view) || over) return found?.view ?? null;
        await ear.heard;
      } finally {
        ear.close();
      }
    }
  }

  /** False when there is nothing more to come: it settled before `seen`, or was pruned. */
  private async mayGoOn(id: string, seen: number): Promise<boolean> {
    const found = await this.reader.find(id).catch(() => undefined);
    if (found === undefined) return true;
    return found !== null && !(isSettled(found.view) && found.version <= seen);
  }

  private listenFor(id: string, ms: number, signal?: AbortSignal): { heard: Promise<void>; close(): void } {
    let hear = () => {};
    const heard = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const group = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, group);
    const close = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', close);
      group.delete(close);
      if (group.size === 0 && this.waiting.get(id) === group) this.waiting.delete(id);
      hear();
    };
    const timer = setTimeout(close, ms);
    signal?.addEventListener('abort', close);
    group.add(close);
    return { heard, close };
  }

  private wake(id: string): void {
    for (const done of [...(this.waiting.get(id) ?? [])]) done();
  }
}
