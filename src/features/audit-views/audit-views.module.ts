import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { AuditController } from './api/audit.controller.js';
import { AuditResolver } from './api/audit.resolver.js';
import { AuditList } from './api/audit-list.js';
import { AuditReader } from './data/audit-reader.js';

/** Needs Database and Pager from the platform module. */
@Module({})
export class AuditViewsModule {
  /** `imports` must bring AccessPort, AccessContract and ProjectDirectory. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: AuditViewsModule,
      imports,
      controllers: [AuditController],
      providers: [AuditReader, AuditList, AuditResolver],
    };
  }
}
