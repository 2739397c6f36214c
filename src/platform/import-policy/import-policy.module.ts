import { type DynamicModule, Module } from '@nestjs/common';
import { CheckedImportPolicy, type ImportPolicyOptions } from './checked-import-policy.js';
import { ImportPolicy } from './import-policy.js';

@Module({})
export class ImportPolicyModule {
  static forRoot(options: ImportPolicyOptions): DynamicModule {
    return {
      module: ImportPolicyModule,
      providers: [{ provide: ImportPolicy, useFactory: () => new CheckedImportPolicy(options) }],
      exports: [ImportPolicy],
    };
  }
}
