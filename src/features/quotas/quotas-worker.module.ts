import { Module, type OnModuleInit } from '@nestjs/common';
import { Leadership } from '../../platform/leadership/leadership.js';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { SyncBudget } from './commands/sync-budget.js';
import { SeenUsage } from './data/seen-usage.js';
import { QuotaLedger } from './quota-ledger.js';
import { QuotasCoreModule } from './quotas-core.module.js';
import { BudgetReconciler } from './worker/budget-reconciler.js';
import { UsageObserver } from './worker/usage-observer.js';

/** The worker's side: the leader writes down what is used, and keeps the namespaces' ResourceQuotas. */
@Module({
  imports: [AccessWorkerModule, QuotasCoreModule],
  providers: [SeenUsage, UsageObserver, SyncBudget, BudgetReconciler],
})
export class QuotasWorkerModule implements OnModuleInit {
  constructor(
    private readonly leadership: Leadership,
    private readonly observer: UsageObserver,
    private readonly ledger: QuotaLedger,
    private readonly budgets: BudgetReconciler,
  ) {}

  onModuleInit(): void {
    this.ledger.stockTakenBy(async (tx, project) => {
      await this.observer.takeStock(tx, project.namespace, project);
    });
    this.leadership.onElected(() => {
      this.observer.start();
      this.budgets.start();
    });
    this.leadership.onDeposed(() => {
      this.observer.stop();
      this.budgets.stop();
    });
  }
}
