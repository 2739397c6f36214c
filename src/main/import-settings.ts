import { type DynamicModule, Module } from '@nestjs/common';
import { ImportLimits } from '../platform/import-policy/import-limits.js';
import { ImportPolicyModule } from '../platform/import-policy/import-policy.module.js';
import type { Settings } from './config/settings.js';

/** Where images may come from. */
export function importPolicy(settings: Settings): DynamicModule {
  return ImportPolicyModule.forRoot({ allowedHosts: settings.IMPORT_ALLOWED_HOSTS });
}

@Module({})
class ImportLimitsModule {}

/** How long an import may stand still. */
export function importLimits(settings: Settings): DynamicModule {
  const limits = { provide: ImportLimits, useValue: new ImportLimits(settings.IMPORT_STALL_SECONDS * 1000) };
  return { module: ImportLimitsModule, providers: [limits], exports: [ImportLimits] };
}
