import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AuthenticationModule } from '../access/authentication.module.js';
import { GraphqlDoorModule, type GraphqlDoorOptions } from '../graphql/graphql-door.module.js';
import { EntityTagInterceptor } from '../http/entity-tag.interceptor.js';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { IdempotencyPruning } from '../idempotency/idempotency-pruning.js';
import { IdempotencyStore } from '../idempotency/idempotency-store.js';
import { ServiceController } from '../observability/service.controller.js';
import { OpenApiDocument } from '../pages/open-api-document.js';
import { PageAssets } from '../pages/page-assets.js';
import { PagesController } from '../pages/pages.controller.js';

export interface DoorsOptions {
  /** Modules that export AccessPort and Database. */
  imports: NonNullable<ModuleMetadata['imports']>;
  graphql?: GraphqlDoorOptions;
  /** False for an application without a database. */
  idempotency?: boolean;
}

const IDEMPOTENCY = [
  IdempotencyStore,
  IdempotencyPruning,
  { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
];

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
      controllers: [ServiceController, PagesController],
      // Outermost first: an answer is kept with the entity tag that it went out with.
      providers: [
        OpenApiDocument,
        PageAssets,
        ...(options.idempotency === false ? [] : IDEMPOTENCY),
        { provide: APP_INTERCEPTOR, useClass: EntityTagInterceptor },
      ],
      exports: [authentication],
    };
  }
}
