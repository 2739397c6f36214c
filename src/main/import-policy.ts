import type { DynamicModule } from '@nestjs/common';
import { ImportPolicyModule } from '../platform/import-policy/import-policy.module.js';
import type { Settings } from './config/settings.js';

/** Where images may come from. */
export function importPolicy(settings: Settings): DynamicModule {
  return ImportPolicyModule.forRoot({ allowedHosts: settings.IMPORT_ALLOWED_HOSTS });
}
