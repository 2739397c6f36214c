import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { Authenticator } from './authenticator.js';

/** The guard over all doors. */
@Module({})
export class AuthenticationModule {
  /** `imports` must bring and export the AccessPort. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: AuthenticationModule,
      imports,
      providers: [Authenticator, { provide: APP_GUARD, useClass: AccessGuard }],
      exports: [Authenticator, ...(imports as DynamicModule[])],
    };
  }
}
