import { type Json, until, Virtgate } from '../support/virtgate.js';

describe('projects do not see each other, and a key makes one thing', () => {
  let virtgate: Virtgate;
  let stranger: string;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    stranger = await virtgate.strangerToken();
  }, 180_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const machine = { name: 'one', cpus: 1, memory: '128Mi', bootDisk: { blank: true, size: '64Mi' } };

  it('twenty equal POSTs with one Idempotency-Key in parallel make one machine', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        virtgate.rest('POST', '/projects/demo/vms', machine, { 'idempotency-key': 'twenty' }),
      ),
    );
    const accepted = answers.filter((answer) => answer.status === 202);
    expect(accepted.length).toBeGreaterThanOrEqual(1);
    expect(new Set(accepted.map((answer) => answer.body.id)).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 202)) {
      expect([answer.status, answer.body.code]).toEqual([409, 'idempotency.in_progress']);
    }
    expect((await virtgate.settled(accepted[0]!.body)).state).toBe('SUCCEEDED');
    expect((await virtgate.rest('GET', '/projects/demo/vms')).body.total).toBe(1);

    const again = await virtgate.rest('POST', '/projects/demo/vms', machine, { 'idempotency-key': 'twenty' });
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      accepted[0]!.body.id,
      'true',
    ]);
    const other = await virtgate.rest(
      'POST',
      '/projects/demo/vms',
      { ...machine, cpus: 2 },
      { 'idempotency-key': 'twenty' },
    );
    expect([other.status, other.body.code]).toEqual([422, 'idempotency.mismatch']);
  }, 120_000);

  it("another project's token meets 404 everywhere", async () => {
    const as = { authorization: `Bearer ${stranger}` };
    const operation: Json = (await virtgate.rest('GET', '/operations')).body.items[0];
    const requests: [string, string, unknown?][] = [
      ['GET', '/projects/demo'],
      ['PATCH', '/projects/demo', { displayName: 'mine' }],
      ['DELETE', '/projects/demo'],
      ['GET', '/projects/demo/vms'],
      ['POST', '/projects/demo/vms', { ...machine, name: 'two' }],
      ['GET', '/projects/demo/vms/one'],
      ['PATCH', '/projects/demo/vms/one', { displayName: 'mine' }],
      ['DELETE', '/projects/demo/vms/one'],
      ...['start', 'stop', 'restart', 'pause', 'unpause', 'soft-reboot', 'reset'].map(
        (verb): [string, string, unknown] => ['POST', `/projects/demo/vms/one/${verb}`, {}],
      ),
      ['GET', '/projects/demo/vms/one/manifest'],
      ['GET', '/projects/demo/vms/one/events'],
      ['POST', '/projects/demo/vms/one/console-sessions', { type: 'serial' }],
      ...['disks', 'images', 'snapshots', 'restores', 'exports'].map((things): [string, string] => [
        'GET',
        `/projects/demo/${things}`,
      ]),
      ['GET', `/operations/${operation.id}`],
      ['GET', `/operations/${operation.id}/events`],
      ['POST', `/operations/${operation.id}/cancel`],
      ['GET', '/tenants/demo'],
      ['GET', '/tenants/demo/service-accounts'],
    ];
    for (const [method, path, body] of requests) {
      const answer = await virtgate.rest(method, path, body, as);
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
    const missing = await virtgate.rest('GET', '/projects/no-such-project/vms/one', undefined, as);
    const foreign = await virtgate.rest('GET', '/projects/demo/vms/one', undefined, as);
    const shape = (answer: typeof missing) => ({
      ...answer.body,
      requestId: null,
      detail: answer.body.detail.replace(/no-such-project|demo/, 'X'),
    });
    expect(shape(foreign)).toEqual(shape(missing));

    for (const path of ['/projects', '/operations', '/tenants']) {
      expect(JSON.stringify((await virtgate.rest('GET', path, undefined, as)).body)).not.toContain('demo');
    }
    const { body } = await virtgate.graphqlAnswer(
      '{ project(name: "demo") { name virtualMachines(first: 5) { totalCount } } }',
      {},
      stranger,
    );
    expect(body.errors[0].extensions.code).toBe('resource.not_found');
    const { body: listed } = await virtgate.graphqlAnswer(
      '{ projects(first: 50) { nodes { name } } }',
      {},
      stranger,
    );
    expect(listed.data.projects.nodes).toEqual([{ name: 'strangers' }]);
  }, 120_000);

  it('a narrow token may only do what it says', async () => {
    const { body: token } = await virtgate.rest('POST', '/tokens', {
      name: 'reader',
      expiresIn: '1h',
      scopes: ['vms:read', 'projects:read'],
    });
    const as = { authorization: `Bearer ${token.token}` };
    expect((await virtgate.rest('GET', '/projects/demo/vms/one', undefined, as)).status).toBe(200);
    const refused = await virtgate.rest('POST', '/projects/demo/vms/one/stop', {}, as);
    expect([refused.status, refused.body.code]).toEqual([403, 'auth.forbidden']);
    expect((await virtgate.rest('POST', '/tokens', { name: 'more', expiresIn: '1h' }, as)).status).toBe(403);
    expect((await virtgate.rest('DELETE', `/tokens/${token.id}`)).status).toBe(204);
    await until(
      'the token is refused',
      async () => (await virtgate.rest('GET', '/me', undefined, as)).status === 401,
    );
  });
});
