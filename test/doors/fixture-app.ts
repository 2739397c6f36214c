import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Module,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  Args,
  Query as GraphqlQuery,
  Mutation,
  Parent,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defineFailure } from '../../src/kernel/failure.js';
import { forbidden, notFound, unauthenticated, unavailable } from '../../src/kernel/failures.js';
import type { Permission } from '../../src/kernel/permission.js';
import type { Principal, ProjectRef, RoleBinding } from '../../src/kernel/principal.js';
import { AccessPort, type TenantRef } from '../../src/platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject, CurrentTenant } from '../../src/platform/access/current.js';
import { Authenticated, Public, Requires } from '../../src/platform/access/requires.js';
import { currentContext } from '../../src/platform/context/request-context.js';
import { DoorsModule, type DoorsOptions } from '../../src/platform/doors/doors.module.js';
import { PlatformModule } from '../../src/platform/doors/platform.module.js';
import { toGlobalId } from '../../src/platform/graphql/global-id.js';
import type { GraphqlLimits } from '../../src/platform/graphql/limits.js';
import { NodeLoaders } from '../../src/platform/graphql/node-loader.js';
import { assertIfMatch, withEtag } from '../../src/platform/http/etag.js';
import { createHttpApplication, listen } from '../../src/platform/http/http-application.js';
import { HTTP_DEFAULTS, type HttpOptions } from '../../src/platform/http/http-options.js';
import { ConnectionArgs } from '../../src/platform/paging/connection-args.js';
import { PageQuery } from '../../src/platform/paging/page-query.js';
import { Pager } from '../../src/platform/paging/pager.js';

/** A small room behind the real doors: what controllers and resolvers of features look like. */

export const widgetBroken = defineFailure(
  'fixture.widget_broken',
  'conflict',
  'The widget is broken',
  'Mend it.',
);

/** The directory of the fixture: tokens by name, rights by project. A peer of the platform, as the room access is. */
export class FixtureAccess extends AccessPort {
  readonly principals = new Map<string, Principal>();
  readonly revoked = new Set<string>();
  down = false;

  constructor() {
    super();
    this.add('editor', 'blue', ['vms:read', 'vms:create', 'vms:update', 'vms:delete', 'tenants:read']);
    this.add('viewer', 'blue', ['vms:read']);
    this.add('stranger', 'red', ['vms:read', 'vms:create']);
  }

  add(token: string, project: string, permissions: Permission[], expiresAt: Date | null = null): Principal {
    const binding: RoleBinding = {
      role: token,
      permissions: new Set(permissions),
      scope: { level: 'project', tenantId: `t-${project}`, projectId: `p-${project}`, project },
      expiresAt: null,
    };
    const principal: Principal = {
      id: `u-${token}`,
      type: 'user',
      name: token,
      bindings: [binding],
      scopes: null,
      tokenId: token,
      expiresAt,
    };
    this.principals.set(token, principal);
    return principal;
  }

  async authenticate(token: string): Promise<Principal> {
    if (this.down) throw unavailable();
    const principal = this.principals.get(token);
    if (!principal || this.revoked.has(token)) throw unauthenticated('The token is not valid.');
    return principal;
  }

  async refresh({ tokenId }: { id: string; tokenId: string | null }): Promise<Principal | null> {
    return this.revoked.has(tokenId ?? '') ? null : (this.principals.get(tokenId ?? '') ?? null);
  }

  async project(principal: Principal, name: string, permission: Permission): Promise<ProjectRef> {
    const binding = principal.bindings.find(
      ({ scope }) => scope.level === 'project' && scope.project === name,
    );
    if (!binding) throw notFound(`There is no project ${name}.`);
    if (!binding.permissions.has(permission)) throw forbidden(`The permission ${permission} is missing.`);
    return {
      id: `p-${name}`,
      name,
      tenantId: `t-${name}`,
      tenant: `tenant-${name}`,
      namespace: `vg-${name}`,
    };
  }

  async tenant(principal: Principal, name: string, permission: Permission): Promise<TenantRef> {
    await this.project(principal, name.replace('tenant-', ''), permission);
    return { id: `t-${name}`, name };
  }

  platform(): void {
    throw forbidden('This needs a right on the platform.');
  }

  async projects(): Promise<ProjectRef[]> {
    return [];
  }

  allows(): boolean {
    return false;
  }
}

class Part {
  @IsString()
  name!: string;
}

export class CreateWidget {
  @Matches(/^[a-z][a-z0-9-]*$/, { message: '$property must be a name' })
  @MaxLength(63)
  name!: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  size?: number;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Part)
  parts?: Part[];
}

class WidgetQuery extends PageQuery {
  @IsOptional()
  @IsString()
  q?: string;
}

export interface Widget {
  id: string;
  name: string;
  size: number;
  state: 'NEW' | 'OLD';
  labels: Record<string, string>;
  createdAt: string;
  project: string;
}

/** What the fixture's handlers did, for tests to look at. */
export class WidgetStore {
  created: string[] = [];
  dryRuns = 0;
  idempotencyIds: (string | null)[] = [];
  /** Awaited by every create, so that a test can hold one open. */
  gate: Promise<void> = Promise.resolve();
  failNext: Error | null = null;
  rows: Widget[] = Array.from({ length: 1_000 }, (_, index) => ({
    id: toGlobalId('Widget', `blue/w-${String(index).padStart(4, '0')}`),
    name: `w-${String(index).padStart(4, '0')}`,
    size: index,
    state: index % 2 ? 'NEW' : 'OLD',
    labels: { tier: 'web' },
    createdAt: '2030-01-31T12:00:00Z',
    project: 'blue',
  }));

  async create(name: string): Promise<{ id: string; name: string }> {
    const context = currentContext();
    this.idempotencyIds.push(context?.idempotencyId ?? null);
    await this.gate;
    if (this.failNext) {
      const error = this.failNext;
      this.failNext = null;
      throw error;
    }
    if (context?.dryRun) this.dryRuns += 1;
    else this.created.push(name);
    return { id: `widget-${this.created.length}`, name };
  }
}

@Controller('api/v1/projects/:project/widgets')
export class WidgetController {
  constructor(
    private readonly store: WidgetStore,
    private readonly pager: Pager,
  ) {}

  @Requires('vms:read')
  @Get()
  list(@Query() query: WidgetQuery) {
    const rows = this.store.rows.filter((row) => row.name.includes(query.q ?? ''));
    return this.pager.page(rows, {
      ...query,
      order: 'name',
      filter: { q: query.q },
      keyOf: (row) => [row.name],
    });
  }

  @Requires('vms:create')
  @Post()
  async create(
    @Body() body: CreateWidget,
    @CurrentProject() project: ProjectRef,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const widget = await this.store.create(body.name);
    reply.header('location', `/api/v1/projects/${project.name}/widgets/${widget.name}`);
    return { ...widget, namespace: project.namespace, by: principal.name };
  }

  @Requires('vms:read')
  @Get(':widget')
  read(@Param('widget') name: string) {
    return withEtag({ name }, `uid-${name}/1`);
  }

  @Requires('vms:update')
  @Patch(':widget')
  change(
    @Param('widget') name: string,
    @Body() body: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ) {
    assertIfMatch(request, `uid-${name}/1`);
    return withEtag({ name, ...body }, `uid-${name}/2`);
  }

  @Requires('vms:delete')
  @Delete(':widget')
  @HttpCode(204)
  remove(): void {}

  @Requires('vms:update')
  @Post(':widget/break')
  break(@Param('widget') name: string): never {
    if (name === 'crash') throw new Error('secret of /etc/passwd');
    if (name === 'away') throw unavailable('The store is away.', { retryAfter: 7 });
    throw widgetBroken(`Widget ${name} is broken.`, { details: { widget: name } });
  }
}

@Controller('api/v1')
export class OtherController {
  @Requires('tenants:read', 'tenant')
  @Get('tenants/:tenant')
  tenant(@CurrentTenant() tenant: TenantRef) {
    return tenant;
  }

  @Requires('tenants:read', 'any')
  @Get('anywhere')
  anywhere() {
    return {};
  }

  @Requires('tenants:create', 'platform')
  @Get('platform')
  platform() {
    return {};
  }

  @Authenticated()
  @Get('me')
  me(@CurrentPrincipal() principal: Principal) {
    return { name: principal.name, requestId: currentContext()?.requestId };
  }

  @Public()
  @Get('hello')
  hello() {
    return { hello: 'world' };
  }

  @Get('forgotten')
  forgotten() {
    return { leaked: true };
  }
}

export const FIXTURE_SDL = /* GraphQL */ `
  type Widget implements Node {
    id: ID!
    name: String!
    size: Int!
    state: WidgetState!
    labels: JSON!
    createdAt: DateTime!
    project: String!
    audit: String!
    unsaid: String
  }
  enum WidgetState { NEW OLD }
  type WidgetEdge { node: Widget! cursor: String! }
  type WidgetConnection { edges: [WidgetEdge!]! nodes: [Widget!]! pageInfo: PageInfo! totalCount: Int! }
  type Project { name: String! widgets(first: Int, after: String, last: Int, before: String): WidgetConnection! }
  input WidgetPartInput { name: String! }
  input CreateWidgetInput {
    project: String!
    name: String!
    size: Int
    parts: [WidgetPartInput!]
    idempotencyKey: String
    dryRun: Boolean
  }
  type CreateWidgetPayload { widget: CreatedWidget! by: String! }
  type CreatedWidget { id: ID! name: String! }
  input Choice @oneOf { a: Int b: Int }
  extend type Query {
    project(name: String!): Project
    broken(how: String!): String
    nonNull: String!
    choose(choice: Choice!): String
    size(value: Int!): Int
    quantity(value: Quantity!): Quantity
    time(value: DateTime!): DateTime
    forgotten: String
    unresolved: String
    me: String
  }
  type Mutation { createWidget(input: CreateWidgetInput!): CreateWidgetPayload! }
  type Subscription { ticks(project: String!, to: Int!): Int! }
`;

class CreateWidgetInput extends CreateWidget {
  @IsString()
  project!: string;
}

@Resolver()
export class WidgetResolver {
  constructor(private readonly store: WidgetStore) {}

  @Requires('vms:read')
  @GraphqlQuery('project')
  project(@CurrentProject() project: ProjectRef): ProjectRef {
    return project;
  }

  @Authenticated()
  @GraphqlQuery('broken')
  broken(@Args('how') how: string): string {
    if (how === 'failure') throw widgetBroken();
    throw new Error('secret of /etc/passwd');
  }

  @Authenticated()
  @GraphqlQuery('nonNull')
  nonNull(): null {
    return null;
  }

  @Authenticated()
  @GraphqlQuery('choose')
  choose(@Args('choice') choice: Record<string, unknown>): string {
    return Object.keys(choice).join();
  }

  @Authenticated()
  @GraphqlQuery('size')
  size(@Args('value') value: number): number {
    return value;
  }

  @Authenticated()
  @GraphqlQuery('quantity')
  quantity(@Args('value') value: string): string {
    return value;
  }

  @Authenticated()
  @GraphqlQuery('time')
  time(@Args('value') value: string): Date {
    return new Date(value);
  }

  @Authenticated()
  @GraphqlQuery('me')
  me(@CurrentPrincipal() principal: Principal): string {
    return principal.name;
  }

  @GraphqlQuery('forgotten')
  forgotten(): string {
    return 'leaked';
  }

  @Requires('vms:create')
  @Mutation('createWidget')
  async createWidget(@Args('input') input: CreateWidgetInput, @CurrentPrincipal() principal: Principal) {
    return { widget: await this.store.create(input.name), by: principal.name };
  }

  @Requires('vms:read')
  @Subscription('ticks')
  async *ticks(@Args('to') to: number): AsyncGenerator<{ ticks: number }> {
    for (let tick = 1; tick <= to; tick += 1) {
      yield { ticks: tick };
      if (tick === 13 && to === 20) throw new Error('secret of /etc/passwd');
    }
    // A subscription that has told everything stays open, as those of rooms do.
    if (to >= 100) await new Promise(() => {});
  }
}

@Resolver('Project')
export class ProjectWidgetsResolver {
  constructor(
    private readonly store: WidgetStore,
    private readonly pager: Pager,
  ) {}

  @Requires('vms:read')
  @ResolveField('widgets')
  widgets(@CurrentProject() _project: ProjectRef, @Args() args: ConnectionArgs) {
    return this.pager.connection(this.store.rows, {
      ...args,
      order: 'name',
      filter: {},
      keyOf: (row) => [row.name],
    });
  }
}

@Resolver('Widget')
export class WidgetFieldsResolver {
  @Requires('vms:update')
  @ResolveField('audit')
  audit(@Parent() widget: Widget, @CurrentProject() project: ProjectRef): string {
    return `${widget.name} in ${project.namespace}`;
  }

  @ResolveField('unsaid')
  unsaid(): string {
    return 'leaked';
  }
}

@Module({ providers: [{ provide: AccessPort, useClass: FixtureAccess }], exports: [AccessPort] })
export class FixtureAccessModule {}

export interface Fixture {
  app: NestFastifyApplication;
  url: string;
  access: FixtureAccess;
  store: WidgetStore;
  /** Closes the application and the socket. */
  close(): Promise<void>;
}

export interface FixtureOptions {
  http?: Partial<HttpOptions>;
  limits?: Partial<GraphqlLimits>;
  doors?: Partial<DoorsOptions>;
}

export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const http = { ...HTTP_DEFAULTS, port: 0, ...options.http };
  const { imports = [], ...doors } = options.doors ?? {};

  @Module({
    imports: [
      PlatformModule.forRoot({ masterSecret: 'm'.repeat(32), http }),
      DoorsModule.forRoot({
        imports: [FixtureAccessModule, ...imports],
        graphql: {
          schemaFiles: [new URL('../../graphql/root.graphql', import.meta.url).pathname],
          typeDefs: [FIXTURE_SDL],
          ...(options.limits ? { limits: options.limits } : {}),
        },
        idempotency: false,
        ...doors,
      }),
    ],
    controllers: [WidgetController, OtherController],
    providers: [WidgetStore, WidgetResolver, ProjectWidgetsResolver, WidgetFieldsResolver],
  })
  class FixtureModule {}

  const app = await createHttpApplication(FixtureModule, http, silent);
  const store = app.get(WidgetStore);
  app
    .get(NodeLoaders)
    .register('Widget', (key, principal) =>
      principal.name === 'stranger' ? null : (store.rows.find((row) => `blue/${row.name}` === key) ?? null),
    );
  const url = await listen(app);
  return { app, url, access: app.get(AccessPort), store, close: () => app.close() };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const nothing = () => {};
const silent = {
  log: nothing,
  error: nothing,
  warn: nothing,
  debug: nothing,
  verbose: nothing,
  fatal: nothing,
};
