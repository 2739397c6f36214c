import { Body, Controller, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsBoolean, IsInt, IsOptional, IsString } from 'class-validator';
import { AnswersOperation } from '../../src/features/operations/answers-operation.contract.js';
import { OperationsContract, type OperationView } from '../../src/features/operations/operations.contract.js';
import { OperationsDoorsModule, OperationsModule } from '../../src/features/operations/operations.module.js';
import type { Permission } from '../../src/kernel/permission.js';
import type { Principal, ProjectRef } from '../../src/kernel/principal.js';
import { AccessPort } from '../../src/platform/access/access-port.js';
import { CurrentPrincipal } from '../../src/platform/access/current.js';
import { Authenticated } from '../../src/platform/access/requires.js';
import { AuditModule } from '../../src/platform/audit/audit.module.js';
import { currentContext } from '../../src/platform/context/request-context.js';
import { Database } from '../../src/platform/database/database.js';
import { DatabaseModule } from '../../src/platform/database/database.module.js';
import { DoorsModule } from '../../src/platform/doors/doors.module.js';
import { PlatformModule } from '../../src/platform/doors/platform.module.js';
import { createHttpApplication, listen } from '../../src/platform/http/http-application.js';
import { HTTP_DEFAULTS } from '../../src/platform/http/http-options.js';
import { OutboxModule } from '../../src/platform/queue/queue.module.js';
import { FixtureAccess } from '../doors/fixture-app.js';
import { TOY_KINDS, TOY_PROJECT, TOY_SECRET } from './toy-operations.js';

/** Who may do what in the playroom, by token. */
export class PlayroomAccess extends FixtureAccess {
  constructor() {
    super();
    this.add('ada', 'playroom', ['operations:read', 'operations:cancel']);
    this.add('watcher', 'playroom', ['operations:read']);
    this.add('outsider', 'elsewhere', ['operations:read', 'operations:cancel']);
  }

  override async projects(principal?: Principal, permission?: Permission): Promise<ProjectRef[]> {
    return this.allows(principal, permission, TOY_PROJECT) ? [TOY_PROJECT] : [];
  }

  override async project(principal: Principal, name: string, permission: Permission): Promise<ProjectRef> {
    const project = await super.project(principal, name, permission);
    return name === TOY_PROJECT.name ? TOY_PROJECT : project;
  }

  override allows(principal?: Principal, permission?: Permission, project?: ProjectRef): boolean {
    return principal!.bindings.some(
      ({ scope, permissions }) =>
        scope.level === 'project' && scope.project === project!.name && permissions.has(permission!),
    );
  }
}

const access = { provide: AccessPort, useClass: PlayroomAccess };
@Module({ providers: [access], exports: [AccessPort] })
class PlayroomAccessModule {}

class ToyBody {
  @IsString() name!: string;
  @IsOptional() @IsInt() slowMs?: number;
  @IsOptional() @IsBoolean() instant?: boolean;
}

/** A room that answers with operations. */
@Controller('api/v1/toys')
class ToysController {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
  ) {
    for (const kind of TOY_KINDS) operations.registerKind(kind);
  }

  @Post()
  @Authenticated()
  @AnswersOperation()
  make(
    @CurrentPrincipal() principal: Principal,
    @Body() { name, ...input }: ToyBody,
  ): Promise<OperationView> | { wouldMake: string } {
    if (currentContext()?.dryRun) return { wouldMake: name };
    return this.database.transaction((tx) =>
      this.operations.begin(tx, {
        kind: 'toy.make',
        principal,
        project: TOY_PROJECT,
        target: { type: 'toy', name },
        input,
      }),
    );
  }
}

@Module({ imports: [OperationsModule], controllers: [ToysController] })
class ToysModule {}

export interface ToyGateway {
  app: NestFastifyApplication;
  url: string;
  access: PlayroomAccess;
}

/** The real doors, with this room and a room of toys behind them. */
export async function startToyGateway(databaseUrl: string): Promise<ToyGateway> {
  const options = { ...HTTP_DEFAULTS, port: 0 };
  @Module({
    imports: [
      PlatformModule.forRoot({
        masterSecret: TOY_SECRET,
        http: options,
        capabilities: [DatabaseModule.forRoot({ url: databaseUrl }), OutboxModule, AuditModule],
      }),
      DoorsModule.forRoot({
        imports: [PlayroomAccessModule],
        graphql: { schemaFiles: ['graphql/root.graphql', 'graphql/operations.graphql'] },
      }),
      OperationsDoorsModule.forRoot([PlayroomAccessModule]),
      ToysModule,
    ],
  })
  class ToyGatewayModule {}
  const app = await createHttpApplication(ToyGatewayModule, options, {
    log() {},
    warn() {},
    error: console.error,
  });
  return { app, url: await listen(app), access: app.get(AccessPort, { strict: false }) };
}
