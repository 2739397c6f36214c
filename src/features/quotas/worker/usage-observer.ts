import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { SeenUsage } from '../data/seen-usage.js';
import { ledgerNamespaces, lockNamespace, noteRead, writeUsage } from '../data/usage-rows.js';

/** Many changes at a time for one look. */
const DEBOUNCE_MS = 50;
const RETRY_MS = 1_000;
/** What was missed for whatever reason is made up for. */
const ALL_EVERY_MS = 300_000;

/** On the leading worker: writes down what the cluster has, as it changes, for everybody who judges quotas. */
@Injectable()
export class UsageObserver implements OnModuleDestroy {
  private readonly logger = new Logger('quotas');
  private readonly due = new Set<string>();
  private readonly listeners = new Set<(namespace: string) => void>();
  private release: (() => void)[] = [];
  private soon: NodeJS.Timeout | null = null;
  private working = false;
  private whole = false;

  constructor(
    private readonly database: Database,
    private readonly seen: SeenUsage,
    private readonly projects: ProjectDirectory,
  ) {}

  /** From the moment this process leads. */
  start(): void {
    if (this.release.length > 0) return;
    const all = setInterval(() => this.lookAtAll(), ALL_EVERY_MS);
    this.release = [
      this.seen.onChange((namespace) => (namespace === null ? this.lookAtAll() : this.look(namespace))),
      this.projects.onChange((projects) => (projects ? this.lookAtThese(projects) : this.lookAtAll())),
      () => clearInterval(all),
    ];
    const term = this.release;
    void Promise.all([this.seen.whenSynced(), this.projects.whenLoaded()]).then(() => {
      if (this.release === term) this.lookAtAll();
    });
  }

  stop(): void {
    for (const release of this.release) release();
    this.release = [];
    if (this.soon) clearTimeout(this.soon);
    this.soon = null;
    this.due.clear();
    this.whole = false;
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Told after what a namespace uses was written anew. */
  onChange(listener: (namespace: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Within a transaction that goes on until its end. The cluster's copy is read after the lock was got, so whoever is
   * last to write a namespace has seen the most of it.
   */
  async takeStock(tx: Tx, namespace: string, project: ProjectRef | null): Promise<boolean> {
    await lockNamespace(tx, namespace);
    return writeUsage(tx, namespace, project, project ? this.seen.of(namespace) : []);
  }

  private lookAtAll(): void {
    this.whole = true;
    this.schedule(DEBOUNCE_MS);
  }

  private lookAtThese(projects: readonly { namespace: string }[]): void {
    for (const { namespace } of projects) this.due.add(namespace);
    this.schedule(DEBOUNCE_MS);
  }

  private look(namespace: string): void {
    if (!this.projects.byNamespace(namespace)) return;
    this.due.add(namespace);
    this.schedule(DEBOUNCE_MS);
  }

  private schedule(ms: number): void {
    if (this.release.length === 0) return;
    this.soon ??= setTimeout(() => {
      this.soon = null;
      void this.work();
    }, ms);
  }

  private async work(): Promise<void> {
    // Half a list would look as if the other half had been deleted.
    if (this.working) return;
    if (!this.seen.synced) return this.schedule(RETRY_MS);
    this.working = true;
    let pause = DEBOUNCE_MS;
    try {
      if (this.whole) await this.writeAll();
      for (const namespace of [...this.due]) {
        this.due.delete(namespace);
        await this.write(namespace).catch((error) => {
          this.due.add(namespace);
          throw error;
        });
      }
    } catch (error) {
      pause = RETRY_MS;
      this.logger.warn(`what is used is not written down yet: ${error}`);
    } finally {
      this.working = false;
      if (this.due.size > 0 || this.whole) this.schedule(pause);
    }
  }

  private async writeAll(): Promise<void> {
    this.whole = false;
    try {
      const known = await this.database.transaction((tx) => ledgerNamespaces(tx));
      const all = new Set([...known, ...this.projects.all().map(({ namespace }) => namespace)]);
      for (const namespace of all) await this.write(namespace);
      await this.database.transaction((tx) => noteRead(tx));
    } catch (error) {
      this.whole = true;
      throw error;
    }
  }

  private async write(namespace: string): Promise<void> {
    const changed = await this.database.transaction((tx) =>
      this.takeStock(tx, namespace, this.projects.byNamespace(namespace) ?? null),
    );
    if (changed) for (const listener of this.listeners) listener(namespace);
  }
}
