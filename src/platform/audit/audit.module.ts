import { Module, type OnModuleInit } from '@nestjs/common';
import { Leadership } from '../leadership/leadership.js';
import { AuditChain } from './audit-chain.js';
import { AuditKeys } from './audit-keys.js';
import { AuditLinking } from './audit-linking.js';
import { AuditLog } from './audit-log.js';
import { AuditedChange } from './audited-change.js';
import { Refusals } from './refusals.js';

/** Needs Database and MasterKey from the platform module. */
@Module({
  providers: [AuditKeys, AuditLog, AuditedChange, Refusals],
  exports: [AuditKeys, AuditLog, AuditedChange, Refusals],
})
export class AuditModule {}

/** For the workers: their leader keeps the chain up. Needs Leadership besides. */
@Module({ imports: [AuditModule], providers: [AuditChain, AuditLinking] })
export class AuditLinkingModule implements OnModuleInit {
  constructor(
    private readonly leadership: Leadership,
    private readonly linking: AuditLinking,
  ) {}

  onModuleInit(): void {
    this.leadership.onElected(() => this.linking.start());
    this.leadership.onDeposed(() => this.linking.stop());
  }
}
