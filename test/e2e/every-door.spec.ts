import 'reflect-metadata';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { auditServer } from 'graphql-http';
import pLimit from 'p-limit';
import { loadSettings } from '../../src/main/config/load-settings.js';
import { CALLERS, type Caller } from '../../src/main/doors/callers.js';
import { TRANSPORTS, writtenSchema } from '../../src/main/doors/gateway-doors.js';
import { GatewayModule } from '../../src/main/gateway.js';
import { httpOptions } from '../../src/main/http-options.js';
import { type Door, walkDoors } from '../../src/platform/access/doors.js';
import { SILENT_LOGGER } from '../../src/platform/cluster/cluster-logger.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { RouteTable } from '../../src/platform/http/route-table.js';
import { UpgradeRouter } from '../../src/platform/http/upgrade-router.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { Documents } from '../support/doors/documents.js';
import { Firing } from '../support/doors/firing.js';
import { type Cell, contradiction, publishedMatrix } from '../support/doors/matrix.js';
import { census, makeTenancy, type Tenancy } from '../support/doors/tenancy.js';
import { type Json, Virtgate } from '../support/virtgate.js';

const AT_ONCE = 16;
const MINUTE = 60_000;

/** Holds docs/access-matrix.md against the gateway as it is deployed: every door, every caller. */
describe('every door', () => {
  const matrix = publishedMatrix();
  let virtgate: Virtgate;
  let tenancy: Tenancy;
  let database: FreshDatabase;
  let app: NestFastifyApplication;
  let doors: Door[];
  let firing: Firing;
  let before: Json;

  beforeAll(async () => {
    virtgate = await Virtgate.start({
      env: {
        SANDBOX_DRIVER: 'simulated',
        RATE_LIMIT_PRINCIPAL: '1000000',
        RATE_LIMIT_TENANT: '1000000',
        RATE_LIMIT_FAILED_SIGN_INS: '1000000',
      },
    });
    tenancy = await makeTenancy(virtgate);
    before = await census(virtgate);
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
    const fields = new Set(doors.filter(({ kind }) => kind === 'graphql').map(({ name }) => name));
    firing = new Firing(virtgate, tenancy, new Documents(writtenSchema(), tenancy.things, fields));
  }, 4 * MINUTE);

  afterAll(async () => {
    await firing?.close();
    await app?.close();
    await database?.close();
    await virtgate?.stop();
  }, MINUTE);

  it('has a row: no route and no field outside of the matrix', () => {
    expect(doors.filter((door) => door.requirement === null).map((door) => door.name)).toEqual([]);
    const rows = new Set(Object.values(matrix).flatMap((cells) => cells.map(({ door }) => door)));
    const routes = app
      .get(RouteTable)
      .routes.filter(({ method }) => method !== 'HEAD')
      .map(({ method, path }) => `${method} ${path}`);
    const sockets = [...app.get(UpgradeRouter).paths].map((path) => `WS ${path}`);
    // Of wildcards the table of routes knows nothing.
    const walked = doors
      .filter(({ kind, path }) => kind === 'graphql' || path.includes('*'))
      .map(({ name }) => name);
    expect([...rows].sort()).toEqual([...new Set([...routes, ...sockets, ...walked])].sort());
    const schema = writtenSchema();
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const unasked = roots
      .flatMap((root) => Object.keys(root?.getFields() ?? {}).map((field) => `${root?.name}.${field}`))
      .filter((field) => !rows.has(field));
    expect(unasked).toEqual([]);
    expect(rows.size).toBeGreaterThan(250);
  });

  it('is open only where it is meant to be', () => {
    for (const { door } of matrix.REST.filter(({ due }) => due === 'open')) {
      expect(door).toMatch(
        /^GET \/(healthz|readyz|metrics|errors|docs|graphiql|console|api\/openapi\.json|api\/v1\/downloads|assets|pages)?(\/|$|\*|:)/,
      );
    }
  });

  it(
    'answers over REST as the matrix says, before it looks at a body',
    async () => {
      expect(await contradictions(matrix.REST, (cell) => firing.rest(cell))).toEqual([]);
    },
    5 * MINUTE,
  );

  it(
    'answers over GraphQL as the matrix says',
    async () => {
      const asked = matrix.GraphQL.filter(({ door }) => !door.startsWith('Subscription.'));
      expect(await contradictions(asked, (cell) => firing.field(cell))).toEqual([]);
    },
    5 * MINUTE,
  );

  it(
    'has done nothing of all that was asked',
    async () => {
      expect(await census(virtgate)).toEqual(before);
    },
    2 * MINUTE,
  );

  it(
    'answers subscriptions as the matrix says, over websockets and as server-sent events',
    async () => {
      const asked = matrix.GraphQL.filter(({ door }) => door.startsWith('Subscription.'));
      expect(asked.length).toBeGreaterThan(20);
      const stirring = firing.stir();
      try {
        expect(await contradictions(asked, (cell) => firing.overWebsocket(cell))).toEqual([]);
        expect(await contradictions(asked, (cell) => firing.asEvents(cell))).toEqual([]);
      } finally {
        await stirring.stop();
      }
    },
    4 * MINUTE,
  );

  it(
    'answers at the transports as the matrix says',
    async () => {
      expect(await contradictions(matrix.Transports, (cell) => firing.transport(cell))).toEqual([]);
      expect(new Set(matrix.Transports.map(({ door }) => door))).toEqual(new Set(TRANSPORTS));
    },
    5 * MINUTE,
  );

  it('is no other to a caller whom all refuse: the columns differ', () => {
    const column = (caller: Caller) =>
      JSON.stringify(matrix.REST.filter((cell) => cell.caller === caller).map(({ due }) => due));
    expect(new Set(CALLERS.map(column)).size).toBe(CALLERS.length - 1);
  });

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

  async function contradictions(
    cells: Cell[],
    fire: (cell: Cell) => ReturnType<Firing['rest']>,
  ): Promise<string[]> {
    const slot = pLimit(AT_ONCE);
    const found = await Promise.all(
      cells.map((cell) =>
        slot(async () => {
          const wrong = contradiction(cell, await fire(cell));
          return wrong === null ? [] : [`${cell.caller} at ${cell.door} is due ${cell.due}, heard ${wrong}`];
        }),
      ),
    );
    return found.flat();
  }
});
