import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ClusterCache } from '../../../platform/cluster/cluster-cache.js';
import { Database } from '../../../platform/database/database.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { SyncBudget } from '../commands/sync-budget.js';
import { UsageObserver } from './usage-observer.js';

const RETRY_MS = 2_000;
/** What nobody told us about is found this often. */
const ALL_EVERY_MS = 300_000;

/** On the leading worker: keeps the ResourceQuotas of namespaces in step with limits, machines and KubeVirt's settings. */
@Injectable()
export class BudgetReconciler implements OnModuleDestroy {
  private readonly logger = new Logger('quotas');
  private readonly due = new Set<string>();
  private release: (() => void)[] = [];
  private working = false;
  private again: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    private readonly cache: ClusterCache,
    private readonly projects: ProjectDirectory,
    private readonly sync: SyncBudget,
    private readonly usage: UsageObserver,
  ) {}

  start(): void {
    if (this.release.length > 0) return;
    const all = setInterval(() => this.look(), ALL_EVERY_MS);
    this.release = [
      this.usage.onChange((namespace) => this.lookAt(namespace)),
      this.sync.budgets.onChange(({ view }) => this.lookAt(view.namespace)),
      this.sync.kubevirts.onChange(() => this.look()),
      this.projects.onChange((projects) => (projects ? this.lookAtThese(projects) : this.look())),
      // Whose limits they are is not said: few change them, and what agrees costs no call to the cluster.
      this.database.listen('quota', () => this.look()),
      () => clearInterval(all),
    ];
    const term = this.release;
    void Promise.all([this.cache.whenSynced(), this.projects.whenLoaded()]).then(() => {
      if (this.release === term) this.look();
    });
  }

  stop(): void {
    for (const release of this.release) release();
    this.release = [];
    if (this.again) clearTimeout(this.again);
    this.again = null;
    this.due.clear();
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private look(): void {
    for (const { id } of this.projects.all()) this.due.add(id);
    void this.work();
  }

  private lookAtThese(projects: readonly { id: string }[]): void {
    for (const { id } of projects) this.due.add(id);
    void this.work();
  }

  private lookAt(namespace: string): void {
    const project = this.projects.byNamespace(namespace);
    if (project) this.due.add(project.id);
    void this.work();
  }

  private async work(): Promise<void> {
    // During the first list every quota would seem to be missing.
    if (this.working || !this.cache.synced) return;
    this.working = true;
    const failed: string[] = [];
    try {
      for (const id of this.due) {
        this.due.delete(id);
        const project = this.projects.byId(id);
        if (project?.state !== 'Active') continue;
        await this.sync.execute(project).catch((error) => {
          failed.push(id);
          this.logger.warn(`the ResourceQuota of project ${project.name} is not in step yet: ${error}`);
        });
      }
    } finally {
      this.working = false;
    }
    if (failed.length === 0 || this.release.length === 0) return;
    for (const id of failed) this.due.add(id);
    this.again ??= setTimeout(() => {
      this.again = null;
      void this.work();
    }, RETRY_MS);
  }
}
