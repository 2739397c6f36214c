import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { embeddedDatabaseUrl } from '../../src/platform/embedded-postgres/embedded-postgres.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

describe('the audit log of the whole product', () => {
  let virtgate: Virtgate;
  let database: pg.Client;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated', TRUSTED_PROXIES: '127.0.0.1' } });
    database = new pg.Client({
      connectionString: embeddedDatabaseUrl(join(virtgate.dataDirectory, 'postgres')) as string,
    });
    await database.connect();
    await virtgate.rest('POST', '/tenants', { name: 'acme' });
    await virtgate.rest('POST', '/tenants/acme/projects', { name: 'shop' });
    for (const [name, tenant, binding] of [
      ['viewer', 'demo', { role: 'viewer' }],
      ['project-admin', 'demo', { role: 'admin', project: 'demo' }],
      ['tenant-admin', 'demo', { role: 'admin' }],
      ['stranger', 'acme', { role: 'admin' }],
    ] as const) {
      const path = `/tenants/${tenant}/service-accounts`;
      await virtgate.rest('POST', path, { name, bindings: [binding] });
      const made = await virtgate.rest('POST', `${path}/${name}/tokens`, { name: 't', expiresIn: '1h' });
      tokens[name] = made.body.token;
    }
  }, 180_000);

  afterAll(async () => {
    await database?.end();
    await virtgate?.stop();
  }, 60_000);

  const as =
    (who: string) =>
    (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
      virtgate.rest(method, path, body, { authorization: `Bearer ${tokens[who]}`, ...headers });
  const records = async (query: string): Promise<Json[]> =>
    (await virtgate.rest('GET', `/audit?${query}`)).body.items;

  it('has who did what, from where, with which fields, and how it ended', async () => {
    const made = await virtgate.rest(
      'POST',
      '/projects/demo/vms',
      {
        name: 'one',
        cpus: 1,
        memory: '128Mi',
        bootDisk: { blank: true, size: '64Mi' },
        userData: 'the-user-data',
      },
      { 'x-request-id': 'audit-1', 'x-forwarded-for': '198.51.100.7' },
    );
    expect((await virtgate.settled(made.body)).state).toBe('SUCCEEDED');
    let found: Json[] = [];
    await until('the outcome is recorded', async () => {
      found = await records('requestId=audit-1');
      return found.length === 2;
    });
    const [ended, begun] = found;
    expect(begun).toMatchObject({
      actor: { type: 'user', name: 'admin' },
      action: 'vm.create',
      target: { name: 'one' },
      project: 'demo',
      result: 'accepted',
      sourceAddress: '198.51.100.7',
      details: { operation: made.body.id, fields: ['bootDisk', 'cpus', 'memory', 'name', 'userData'] },
    });
    expect(ended).toMatchObject({ action: 'vm.create', result: 'succeeded', sourceAddress: '198.51.100.7' });
    expect(JSON.stringify(found)).not.toContain('the-user-data');
    // Over GraphQL the same, a mutation at a time.
    await virtgate.graphql(
      'mutation { addProjectMember(input: { project: "demo", user: "zoe", role: "viewer" }) { member { id } } }',
    );
    expect((await records('action=member.add&project=demo'))[0]).toMatchObject({
      target: { type: 'user', name: 'zoe' },
      details: { fields: ['project', 'role', 'user'], changed: { role: 'viewer', expiresAt: null } },
    });
  }, 120_000);

  it('has what was refused, once for many tries', async () => {
    // At once: what is counted together comes within ten seconds.
    const tries = await Promise.all([
      ...Array.from({ length: 5 }, () => as('viewer')('POST', '/projects/demo/vms/one/stop', {})),
      virtgate.graphqlAnswer(
        'mutation { stopVirtualMachine(input: { project: "demo", name: "one" }) { operation { id } } }',
        {},
        tokens.viewer,
      ),
    ]);
    expect(tries.map(({ status, body }) => body.errors?.[0].extensions.code ?? status)).toEqual([
      ...Array(5).fill(403),
      'auth.forbidden',
    ]);
    const own = await as('project-admin')('POST', '/projects/demo/members', {
      user: 'x',
      role: 'platform-admin',
    });
    expect(own.status).toBe(422);
    const refused = await records('result=refused&project=demo');
    expect(refused.map(({ actor, action, target }) => [actor.name, action, target])).toEqual([
      ['viewer', 'vms:stop', { type: 'project', name: 'demo' }],
    ]);
    expect(refused[0].details).toMatchObject({
      code: 'auth.forbidden',
      door: 'POST /api/v1/projects/:project/vms/:vm/stop',
    });
    // What another tenant answers as not there is no attempt that it could know of.
    expect((await as('stranger')('POST', '/projects/demo/vms/one/stop', {})).status).toBe(404);
    expect(await records('result=refused&actor=stranger')).toEqual([]);
  }, 60_000);

  it('is read only by those who may, each in its place', async () => {
    expect((await as('viewer')('GET', '/audit')).status).toBe(403);
    expect((await as('viewer')('GET', '/audit/export')).status).toBe(403);
    const seen = async (who: string) => (await as(who)('GET', '/audit?limit=200')).body.items as Json[];
    const project = await seen('project-admin');
    expect(project.length).toBeGreaterThan(2);
    expect(project.every((record) => record.project === 'demo')).toBe(true);
    const tenant = await seen('tenant-admin');
    expect(tenant.map(({ action }) => action)).toContain('service-account.create');
    expect(tenant.length).toBeGreaterThan(project.length);
    expect(new Set(tenant.map(({ tenantId }) => tenantId)).size).toBe(1);
    const stranger = await seen('stranger');
    expect(stranger.map(({ action }) => action)).toContain('project.create');
    expect(JSON.stringify(stranger)).not.toMatch(/"demo"|"one"|zoe/);
    // Naming what is another's finds nothing of it.
    expect((await as('stranger')('GET', '/audit?project=demo')).body.total).toBe(0);
    expect((await as('stranger')('GET', '/audit?tenant=demo')).body.total).toBe(0);
    const { body } = await virtgate.graphqlAnswer(
      '{ auditRecords(first: 200) { totalCount nodes { action project } } }',
      {},
      tokens['project-admin'],
    );
    expect(body.data.auditRecords.totalCount).toBe((await as('project-admin')('GET', '/audit')).body.total);
    const denied = await virtgate.graphqlAnswer('{ auditRecords { totalCount } }', {}, tokens.viewer);
    expect(denied.body.errors[0].extensions.code).toBe('auth.forbidden');
  }, 60_000);

  it('is filtered, paged and exported', async () => {
    const first = (await virtgate.rest('GET', '/audit?limit=2&action=service-account.*')).body;
    expect([first.items.length, first.total]).toEqual([2, 8]);
    const ids = first.items.map(({ id }: Json) => id);
    const next = (
      await virtgate.rest('GET', `/audit?limit=2&action=service-account.*&cursor=${first.nextCursor}`)
    ).body;
    expect(next.items.map(({ id }: Json) => id).every((id: string) => id < ids[1])).toBe(true);
    const stolen = await virtgate.rest('GET', `/audit?limit=2&cursor=${first.nextCursor}`);
    expect([stolen.status, stolen.body.code]).toEqual([400, 'request.cursor_invalid']);
    const { at } = first.items[0];
    expect((await virtgate.rest('GET', `/audit?action=service-account.*&to=${at}`)).body.total).toBe(7);
    expect((await virtgate.rest('GET', '/audit?from=yesterday')).status).toBe(400);

    const exported = await fetch(`${virtgate.url}/api/v1/audit/export?tenant=demo`, {
      headers: { authorization: `Bearer ${virtgate.token}` },
    });
    expect(exported.headers.get('content-type')).toBe('application/x-ndjson');
    const lines: Json[] = (await exported.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { total } = (await virtgate.rest('GET', '/audit?tenant=demo')).body;
    expect(lines.length).toBe(total);
    const order = lines.map(({ id }: Json) => id);
    expect([...order].sort()).toEqual(order);
  }, 60_000);

  it('refuses to be changed, and `virtgate audit verify` finds what was changed all the same', async () => {
    for (const statement of [
      "UPDATE audit_record SET actor_name = 'nobody'",
      'DELETE FROM audit_record',
      'TRUNCATE audit_record',
    ]) {
      await expect(database.query(statement)).rejects.toThrow(/append-only/);
    }
    await until('all is linked', async () => {
      const { rows } = await database.query('SELECT count(*)::int AS n FROM audit_pending');
      return rows[0].n === 0;
    });
    const fine = await verify();
    expect(fine).toMatchObject({ code: 0, output: expect.stringContaining('as it was written') });
    const anchor = /ends at (\d+:[0-9a-f]{64})/.exec(fine.output)?.[1] as string;
    expect((await verify('--anchor', anchor)).code).toBe(0);

    await database.query('ALTER TABLE audit_record DISABLE TRIGGER USER');
    await database.query("UPDATE audit_record SET actor_name = 'nobody' WHERE request_id = 'audit-1'");
    await database.query('ALTER TABLE audit_record ENABLE TRIGGER USER');
    const changed = await verify();
    expect(changed.code).toBe(1);
    expect(changed.output.match(/^changed: /gm)).toHaveLength(2);
    // The secret is what makes the difference between virtgate and who owns the database.
    expect(changed.output).not.toContain(readFileSync(join(virtgate.dataDirectory, 'secret'), 'utf8').trim());
  }, 90_000);

  function verify(...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn('node_modules/.bin/node', ['dist/main/virtgate.js', 'audit', 'verify', ...args], {
      env: { PATH: process.env.PATH, VIRTGATE_DATA: virtgate.dataDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk;
      });
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
  }
});
