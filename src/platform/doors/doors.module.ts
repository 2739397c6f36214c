import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AuthenticationModule } from '../access/authentication.module.js';
import { GraphqlDoorModule, type GraphqlDoorOptions } from '../graphql/graphql-door.module.js';
import { EntityTagInterceptor } from '../http/entity-tag.interceptor.js';
import { ServiceController } from '../observability/service.controller.js';

export interface DoorsOptions {
  /** Modules that export AccessPort and Database. */
  imports: NonNullable<ModuleMetadata['imports']>;
  graphql?: GraphqlDoorOptions;
}

/** Everything between the socket and a room's controllers and resolvers. Needs PlatformModule. */
@Module({})
export class DoorsModule {
  static forRoot(options: DoorsOptions): DynamicModule {
    const authentication = AuthenticationModule.forRoot(options.imports);
    return {
      module: DoorsModule,
      imports: [
        ...options.imports,
        authentication,
        GraphqlDoorModule.forRoot(authentication, options.graphql),
      ],
      controllers: [ServiceController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: EntityTagInterceptor }],
      exports: [authentication],
    };
  }
}
