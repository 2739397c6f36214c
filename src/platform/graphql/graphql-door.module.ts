import { fileURLToPath } from 'node:url';
import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { GraphqlDriver, type GraphqlDriverOptions } from './graphql-driver.js';
import type { GraphqlLimits } from './limits.js';
import { NodeResolver } from './node.resolver.js';
import { SCALARS } from './scalars.js';

export interface GraphqlDoorOptions {
  /** Globs of `.graphql` files; by default those in the package's `graphql/`. */
  schemaFiles?: string[];
  /** SDL besides the files, for tests. */
  typeDefs?: string[];
  limits?: Partial<GraphqlLimits>;
}

const OWN_SCHEMA = fileURLToPath(new URL('../../../graphql/*.graphql', import.meta.url));

/** GraphQL at /graphql (HTTP and websocket) and /graphql/stream (SSE), over the resolvers of all modules. */
@Module({})
export class GraphqlDoorModule {
  /** `authentication` must export Authenticator and AccessPort. */
  static forRoot(authentication: DynamicModule, options: GraphqlDoorOptions = {}): DynamicModule {
    return {
      module: GraphqlDoorModule,
      imports: [
        GraphQLModule.forRootAsync<GraphqlDriverOptions>({
          driver: GraphqlDriver,
          imports: [authentication],
          useFactory: () => ({
            typePaths: options.schemaFiles ?? [OWN_SCHEMA],
            typeDefs: options.typeDefs ?? [],
            resolvers: SCALARS,
            // A field that is a method carries its own requirement; a field that is a property costs nothing.
            fieldResolverEnhancers: ['guards'],
            ...(options.limits ? { limits: options.limits } : {}),
          }),
        }),
      ],
      providers: [NodeResolver],
    };
  }
}
