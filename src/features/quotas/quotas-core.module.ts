import { Module } from '@nestjs/common';
import { OperationsCoreModule } from '../operations/operations-core.module.js';
import { KnownSizes } from './data/known-sizes.js';
import { ResolveTakes } from './data/resolve-takes.js';
import { QuotaLedger } from './quota-ledger.js';

/** What every process has that begins operations. Needs ClusterCache and Database from the platform module. */
@Module({
  imports: [OperationsCoreModule],
  providers: [KnownSizes, ResolveTakes, QuotaLedger],
  exports: [KnownSizes, QuotaLedger],
})
export class QuotasCoreModule {}
