import { join } from 'node:path';
import pg from 'pg';
import { type Caller, NARROW_SCOPES } from '../../../src/main/doors/callers.js';
import { embeddedDatabaseUrl } from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import { toGlobalId } from '../../../src/platform/graphql/global-id.js';
import { type Json, until, type Virtgate } from '../virtgate.js';

/** Ids of what is there; all that has a name is called `matrix`. */
export interface Things {
  operation: string;
  projectMember: string;
  tenantMember: string;
  /** Of the service account `matrix`. */
  token: string;
  role: string;
  /** Relay's. */
  machine: string;
}

export interface Tenancy {
  /** Credentials; null for none. */
  tokens: Record<Caller, string | null>;
  things: Things;
}

const NAME = 'matrix';

/** A tenant with one of everything, another tenant, and everybody who may come to a door, each with a real token. */
export async function makeTenancy(virtgate: Virtgate): Promise<Tenancy> {
  const post = async (path: string, body: Json, status = 201): Promise<Json> => {
    const answer = await virtgate.rest('POST', path, body);
    if (answer.status !== status)
      throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const tokenOf = async (tenant: string, account: string, rest: Json = {}): Promise<Json> =>
    post(`/tenants/${tenant}/service-accounts/${account}/tokens`, {
      name: 'of a caller',
      expiresIn: '1h',
      ...(rest.scopes ? {} : { mayCreateTokens: true }),
      ...rest,
    });
  const caller = async (tenant: string, account: string, role: string | null, rest?: Json): Promise<Json> => {
    const bindings = role === null ? [] : [{ role }];
    await post(`/tenants/${tenant}/service-accounts`, { name: account, bindings });
    return tokenOf(tenant, account, rest);
  };
  for (const tenant of [NAME, 'elsewhere']) {
    await post('/tenants', { name: tenant });
    await post(`/tenants/${tenant}/projects`, { name: tenant });
  }
  const active = (project: string) => async () =>
    (await virtgate.rest('GET', `/projects/${project}`)).body.state === 'Active';
  const admin = await caller(NAME, 'admin', 'admin');
  const expired = await caller(NAME, 'expired', 'admin');
  await expire(virtgate, expired.id);
  const tokens: Record<Caller, string | null> = {
    anonymous: null,
    'expired token': expired.token,
    'no role': (await caller('elsewhere', 'nobody', null)).token,
    'other tenant': (await caller('elsewhere', 'admin', 'admin')).token,
    'narrow token': (await tokenOf(NAME, 'admin', { scopes: NARROW_SCOPES })).token,
    viewer: (await caller(NAME, 'viewer', 'viewer')).token,
    operator: (await caller(NAME, 'operator', 'operator')).token,
    editor: (await caller(NAME, 'editor', 'editor')).token,
    admin: admin.token,
    'platform-admin': virtgate.token,
  };
  for (const project of [NAME, 'elsewhere']) await until(`the project ${project} is there`, active(project));
  const { id: token } = await caller(NAME, NAME, 'viewer');
  const member = { user: 'somebody', role: 'viewer' };
  const operation = await virtgate.settled(
    await post(
      `/projects/${NAME}/vms`,
      {
        name: NAME,
        cpus: 1,
        memory: '64Mi',
        start: false,
        bootDisk: { blank: true, size: '64Mi' },
      },
      202,
    ),
  );
  if (operation.state !== 'SUCCEEDED') throw new Error(JSON.stringify(operation.error));
  for (const [path, body] of [
    [`/projects/${NAME}/disks`, { name: NAME, size: '64Mi', source: { blank: {} } }],
    [`/projects/${NAME}/vms/${NAME}/snapshots`, { name: NAME }],
    [`/projects/${NAME}/exports`, { name: NAME, source: { snapshot: NAME } }],
  ] as const) {
    const { state, error } = await virtgate.settled(await post(path, body, 202));
    if (state !== 'SUCCEEDED') throw new Error(`${path}: ${JSON.stringify(error)}`);
  }
  const machine = await virtgate.rest('GET', `/projects/${NAME}/vms/${NAME}`);
  return {
    tokens,
    things: {
      operation: operation.id,
      projectMember: (await post(`/projects/${NAME}/members`, member)).id,
      tenantMember: (await post(`/tenants/${NAME}/members`, member)).id,
      token,
      role: (await post('/roles', { name: NAME, tenant: NAME, permissions: ['vms:read'] })).name,
      machine: toGlobalId('VirtualMachine', machine.body.id),
    },
  };
}

/** Its time is moved, as no test waits for it. */
async function expire(virtgate: Virtgate, id: string): Promise<void> {
  const url = embeddedDatabaseUrl(join(virtgate.dataDirectory, 'postgres')) as string;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `UPDATE api_token SET expires_at = now() - interval '1 minute' WHERE id = $1`,
      [id],
    );
    if (rowCount !== 1) throw new Error('The token to expire is not there.');
  } finally {
    await client.end();
  }
}

/** Everything that a harmful cell would have changed, as names and ids. */
export async function census(virtgate: Virtgate): Promise<Json> {
  const lists = [
    '/tenants',
    '/projects',
    '/roles',
    '/tokens',
    '/operations',
    ...['members', 'service-accounts', `service-accounts/${NAME}/tokens`, 'projects'].map(
      (noun) => `/tenants/${NAME}/${noun}`,
    ),
    ...[
      'members',
      'vms',
      'disks',
      'images',
      'snapshots',
      'exports',
      'snapshot-schedules',
      'ssh-keys',
      'trash',
    ].map((noun) => `/projects/${NAME}/${noun}`),
  ];
  const found: Record<string, Json> = {};
  for (const list of lists) {
    const { body } = await virtgate.rest('GET', `${list}?limit=200`);
    found[list] = body.items.map(({ id, name, role, displayName, labels, state }: Json) => ({
      id,
      name,
      role,
      displayName,
      labels,
      state,
    }));
  }
  const { body: quota } = await virtgate.rest('GET', `/projects/${NAME}/quota`);
  return { ...found, quota };
}
