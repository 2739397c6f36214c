import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { AttemptsInterceptor } from './attempts.interceptor.js';
import { Authenticator } from './authenticator.js';
import { RefusedAttempts } from './refused-attempts.js';

/** The guard over all doors. */
@Module({})
export class AuthenticationModule {
  /** `imports` must bring and export the AccessPort. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: AuthenticationModule,
      imports,
      providers: [
        Authenticator,
        RefusedAttempts,
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_INTERCEPTOR, useClass: AttemptsInterceptor },
      ],
      exports: [Authenticator, ...(imports as DynamicModule[])],
    };
  }
}
