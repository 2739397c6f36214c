import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../../platform/database/database.js';
import { Leadership } from '../../../platform/leadership/leadership.js';
import { OperationStore } from '../data/operation-store.js';
import { ClusterSight } from './cluster-sight.js';
import { Evaluation } from './evaluation.js';
import { UnfinishedIndex } from './unfinished-index.js';

const DUE_MS = 1000;
const SWEEP_MS = 30_000;
const DEBOUNCE_MS = 25;
const PARALLEL = 4;

/**
 * On the leading worker: has an operation looked at when it, or what it is about, has changed, when its time has come,
 * and all of them now and then. While the cluster's state is not known it looks at none.
 */
@Injectable()
export class OperationObserver implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(OperationObserver.name);
  private readonly index = new UnfinishedIndex();
  private readonly waiting = new Set<string>();
  private readonly active = new Map<string, Promise<void>>();
  private timers: NodeJS.Timeout[] = [];
  private stopListening: () => void = () => {};
  private soon: NodeJS.Timeout | undefined;
  private leading = false;
  private away = false;

  constructor(
    private readonly database: Database,
    private readonly store: OperationStore,
    private readonly evaluation: Evaluation,
    private readonly leadership: Leadership,
    private readonly sight: ClusterSight,
  ) {}

  onModuleInit(): void {
    this.leadership.onElected(() => this.begin());
    this.leadership.onDeposed(() => this.end());
  }

  async onModuleDestroy(): Promise<void> {
    this.end();
    await Promise.all(this.active.values());
  }

  /** Something about a target has changed. */
  observed(namespace: string, targetType: string, name: string): void {
    if (!this.leading) return;
    const id = this.index.find(namespace, targetType, name);
    if (id !== undefined) this.look(id);
  }

  private begin(): void {
    this.leading = true;
    this.stopListening = this.database.listen('operation', (id) => (id ? this.look(id) : this.sweep()));
    this.timers = [setInterval(() => this.lookAtDue(), DUE_MS), setInterval(() => this.sweep(), SWEEP_MS)];
    this.sweep();
    this.sight.whenClear(() => this.sweep());
  }

  private end(): void {
    this.leading = false;
    this.stopListening();
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    clearTimeout(this.soon);
    this.soon = undefined;
    this.waiting.clear();
    this.index.clear();
  }

  private sweep(): void {
    this.lookAtAll(this.store.unfinishedIds());
  }

  private lookAtDue(): void {
    this.lookAtAll(this.store.unfinishedIds(new Date()));
  }

  private lookAtAll(found: Promise<string[]>): void {
    found.then(
      (ids) => {
        if (this.away) this.logger.log('Operations are looked at again.');
        this.away = false;
        for (const id of ids) this.look(id);
      },
      (error: Error) => this.noteOutage(error),
    );
  }

  /** Soon; many causes for one look. */
  private look(id: string): void {
    if (!this.leading) return;
    this.waiting.add(id);
    this.soon ??= setTimeout(() => this.drain(), DEBOUNCE_MS);
  }

  private drain(): void {
    clearTimeout(this.soon);
    this.soon = undefined;
    if (!this.sight.clear) return;
    for (const id of this.waiting) {
      if (this.active.size >= PARALLEL) return;
      if (this.active.has(id)) continue;
      this.waiting.delete(id);
      this.active.set(
        id,
        this.evaluate(id).finally(() => {
          this.active.delete(id);
          this.drain();
        }),
      );
    }
  }

  private async evaluate(id: string): Promise<void> {
    if (!this.leading) return;
    try {
      const operation = await this.evaluation.evaluate(id);
      if (operation) this.index.set(operation);
      else this.index.delete(id);
    } catch (error) {
      this.noteOutage(error as Error);
    }
  }

  /** The next sweep looks again. */
  private noteOutage(error: Error): void {
    if (!this.away) this.logger.warn(`Operations cannot be looked at: ${error.message}`);
    this.away = true;
  }
}
