import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { AccessModule } from '../access/access.module.js';
import { QuotasController } from './api/quotas.controller.js';
import { ProjectQuotaResolver, QuotaResolver, TenantQuotaResolver } from './api/quotas.resolver.js';
import { QuotaReading } from './commands/quota-reading.js';
import { RecordedQuotaChange } from './commands/recorded-quota-change.js';
import { SetQuota } from './commands/set-quota.js';
import { QuotasCoreModule } from './quotas-core.module.js';

/** The gateway's side of quotas. */
@Module({
  imports: [AccessModule, AuditModule, QuotasCoreModule],
  controllers: [QuotasController],
  providers: [
    QuotaReading,
    RecordedQuotaChange,
    SetQuota,
    ProjectQuotaResolver,
    TenantQuotaResolver,
    QuotaResolver,
  ],
})
export class QuotasModule {}
