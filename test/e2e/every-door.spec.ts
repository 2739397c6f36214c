import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  print,
} from 'graphql';
import { auditServer } from 'graphql-http';
import { loadSettings } from '../../src/main/config/load-settings.js';
import { GatewayModule } from '../../src/main/gateway.js';
import { httpOptions } from '../../src/main/http-options.js';
import { type Door, walkDoors } from '../../src/platform/access/doors.js';
import { SILENT_LOGGER } from '../../src/platform/cluster/cluster-logger.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { RouteTable } from '../../src/platform/http/route-table.js';
import { UpgradeRouter } from '../../src/platform/http/upgrade-router.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { type Json, Virtgate } from '../support/virtgate.js';

const schema = buildSchema(
  readdirSync('graphql')
    .map((file) => readFileSync(join('graphql', file), 'utf8'))
    .join('\n'),
  { assumeValidSDL: true },
);

/** Walks every route and every GraphQL field of the gateway as it is deployed. */
describe('every door', () => {
  let virtgate: Virtgate;
  let database: FreshDatabase;
  let app: NestFastifyApplication;
  let doors: Door[];
  let powerless: string;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    database = await freshDatabase();
    const settings = loadSettings({
      DATABASE_URL: database.url,
      VIRTGATE_SECRET: 'a-secret-for-a-test-of-32-characters',
      KUBECONFIG: join(virtgate.dataDirectory, 'sandbox', 'gateway.kubeconfig'),
      PORT: '0',
    });
    app = await createHttpApplication(
      GatewayModule.of(settings, SILENT_LOGGER),
      httpOptions(settings),
      false,
    );
    doors = walkDoors(app);
    await virtgate.rest('POST', '/tenants', { name: 'empty' });
    await virtgate.rest('POST', '/tenants/empty/service-accounts', { name: 'nobody', bindings: [] });
    const { body } = await virtgate.rest('POST', '/tenants/empty/service-accounts/nobody/tokens', {
      name: 't',
      expiresIn: '1h',
    });
    powerless = body.token;
  }, 180_000);

  afterAll(async () => {
    await app?.close();
    await database?.close();
    await virtgate?.stop();
  }, 60_000);

  it('says what right it asks', () => {
    expect(doors.filter((door) => door.requirement === null).map((door) => door.name)).toEqual([]);
    expect(doors.length).toBeGreaterThan(100);
  });

  it('is known: no route and no root field outside of the walk', () => {
    const rest = new Set(
      doors.filter(({ kind }) => kind === 'rest').map(({ method, path }) => `${method} ${path}`),
    );
    const others = app
      .get(RouteTable)
      .routes.filter(({ method, path }) => method !== 'HEAD' && !rest.has(`${method} ${path}`));
    expect(others.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /graphql',
      'GET /graphql/stream',
      'POST /graphql',
      'POST /graphql/stream',
    ]);
    expect([...app.get(UpgradeRouter).paths].sort()).toEqual(['/api/v1/consoles/:ticket', '/graphql']);
    const fields = rootFields().map(({ root, name }) => `${root.name}.${name}`);
    const walked = new Set(doors.map((door) => door.name));
    expect(fields.filter((field) => !walked.has(field))).toEqual([]);
  });

  it('is public only where it is meant to be', () => {
    const open = doors.filter((door) => door.requirement?.kind === 'public').map((door) => door.path);
    for (const path of open) {
      expect(path).toMatch(
        /^\/(healthz|readyz|metrics|errors|docs|graphiql|console|api\/openapi\.json|api\/v1\/downloads|assets|pages)?(\/|$|\*|:)/,
      );
    }
  });

  it('is closed to whoever shows no token, over REST', async () => {
    for (const { method, path, requirement } of doors.filter(({ kind }) => kind === 'rest')) {
      if (requirement?.kind === 'public') continue;
      const answer = await virtgate.rest(method, concrete(path), body(method), { authorization: '' });
      expect([method, path, answer.status, answer.body.code]).toEqual([
        method,
        path,
        401,
        'auth.unauthenticated',
      ]);
    }
  }, 60_000);

  it('shows nothing to a token without any right, over REST', async () => {
    for (const { method, path, requirement } of doors.filter(({ kind }) => kind === 'rest')) {
      if (requirement?.kind !== 'permission') continue;
      const answer = await virtgate.rest(method, concrete(path), body(method), {
        authorization: `Bearer ${powerless}`,
      });
      const nothing =
        answer.status === 404 || answer.status === 403 || (answer.status === 200 && answer.body.total === 0);
      expect([method, path, nothing, answer.status]).toEqual([method, path, true, answer.status]);
      expect(JSON.stringify(answer.body)).not.toContain('"demo"');
    }
  }, 60_000);

  it.each([
    ['no token', null],
    ['a token without any right', 'powerless'],
  ])(
    'is closed over GraphQL to %s, root field by root field',
    async (_who, token) => {
      for (const { root, name, field } of rootFields()) {
        if (root.name === 'Subscription') continue;
        const required = field.args.filter((argument) => isNonNullType(argument.type));
        const query = `${root.name.toLowerCase()} { ${name}${args(required)} { __typename } }`;
        const { body } = await virtgate.graphqlAnswer(
          print(parse(query)),
          {},
          token === null ? '' : powerless,
        );
        const text = JSON.stringify(body);
        expect([name, text]).toEqual([name, expect.not.stringContaining('"internal"')]);
        const door = doors.find((candidate) => candidate.name === `${root.name}.${name}`);
        if (token === null)
          expect([name, body.errors?.[0].extensions.code]).toEqual([name, 'auth.unauthenticated']);
        else if (
          door?.requirement?.kind === 'permission' &&
          door.requirement.on !== 'any' &&
          !isInvalid(body)
        ) {
          expect([name, body.errors?.[0].extensions.code]).toEqual([
            name,
            expect.stringMatching(/^(resource\.not_found|auth\.forbidden|tenant\.|project\.)/),
          ]);
        }
      }
    },
    60_000,
  );

  it('passes all 61 audits of GraphQL over HTTP, with CSRF protection on', async () => {
    const audits = await auditServer({
      url: `${virtgate.url}/graphql`,
      fetchFn: (url: string, init: RequestInit = {}) =>
        fetch(url, {
          ...init,
          headers: {
            ...(init.headers as Record<string, string>),
            authorization: `Bearer ${virtgate.token}`,
            'apollo-require-preflight': '1',
          },
        }),
    });
    expect(audits).toHaveLength(61);
    expect(audits.filter((audit) => audit.status !== 'ok').map((audit) => [audit.id, audit.name])).toEqual(
      [],
    );
    const simple = await fetch(`${virtgate.url}/graphql?query={__typename}`, {
      headers: { authorization: `Bearer ${virtgate.token}` },
    });
    expect(simple.status).toBe(400);
  });

  const rootFields = () =>
    [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
      .filter((root): root is GraphQLObjectType => Boolean(root))
      .flatMap((root) => Object.entries(root.getFields()).map(([name, field]) => ({ root, name, field })));
});

/** Parameters as somebody who guesses would fill them in: names of things that exist in the demo project. */
const concrete = (path: string): string =>
  path.replace(/:(\w+)/g, (_all, name) => (['project', 'tenant'].includes(name) ? 'demo' : 'guess'));
const body = (method: string): Json => (['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined);
const isInvalid = (answer: Json): boolean =>
  ['request.invalid', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'].includes(
    answer.errors?.[0].extensions.code,
  );

function args(required: readonly GraphQLArgument[]): string {
  if (required.length === 0) return '';
  return `(${required.map(({ name, type }) => `${name}: ${literal(type)}`).join(', ')})`;
}

/** Something that the schema takes: names of what exists in the demo project, required fields only. */
function literal(type: GraphQLInputType): string {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return '[]';
  if (isEnumType(nullable)) return String(nullable.getValues()[0]?.name);
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  const scalars: Record<string, string> = { Int: '1', Boolean: 'true', Quantity: '"1Gi"', JSON: '{}' };
  return scalars[String(nullable)] ?? '"demo"';
}
