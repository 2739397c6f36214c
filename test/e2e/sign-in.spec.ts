import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

/** People come with tokens of a real OpenID provider, machines with tokens of the cluster. */
describe('sign-in with what others made', () => {
  let provider: IdentityProvider;
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;

  beforeAll(async () => {
    provider = await IdentityProvider.start();
    await provider.enrol('ada', { groups: ['vm-editors'] });
    await provider.enrol('bob', { groups: [] });
    const issuers = [
      { alias: 'corp', issuer: provider.issuer, audience: provider.audience, clockSkewSeconds: 0 },
    ];
    virtgate = await Virtgate.start({
      env: {
        SANDBOX_DRIVER: 'simulated',
        OIDC_ISSUERS: JSON.stringify(issuers),
        KUBERNETES_TOKEN_AUDIENCE: 'virtgate',
      },
    });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
  }, 180_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
    await provider?.close();
  }, 60_000);

  const as =
    (token: string) =>
    (method: string, path: string, body?: unknown): Promise<Answer> =>
      virtgate.rest(method, path, body, { authorization: `Bearer ${token}` });
  const member = (body: Json) => virtgate.rest('POST', '/projects/demo/members', body);

  it('gives nothing to whom nothing was given, and a group’s role to those whom the provider counts to it', async () => {
    const [ada, bob] = await Promise.all([provider.token('ada'), provider.token('bob')]);
    const { body: me } = await as(ada)('GET', '/me');
    expect(me).toMatchObject({ principal: { type: 'user', name: 'corp/ada' }, bindings: [] });
    expect((await as(ada)('GET', '/projects/demo')).status).toBe(404);

    const unknown = await member({ group: 'elsewhere/vm-editors', role: 'editor' });
    expect([unknown.status, unknown.body.code]).toEqual([422, 'member.issuer_unknown']);
    const given = await member({ group: 'corp/vm-editors', role: 'editor' });
    expect([given.status, given.body.account]).toEqual([
      201,
      { type: 'group', id: 'corp/vm-editors', name: 'corp/vm-editors' },
    ]);
    await until(
      'the group has its role',
      async () => (await as(ada)('GET', '/projects/demo')).status === 200,
    );
    expect((await as(ada)('GET', '/me')).body.bindings).toEqual([
      expect.objectContaining({ role: 'editor', project: 'demo', group: 'corp/vm-editors' }),
    ]);
    expect((await as(bob)('GET', '/projects/demo')).status).toBe(404);

    expect((await member({ user: 'corp/bob', role: 'viewer' })).status).toBe(201);
    await until('bob has his own', async () => (await as(bob)('GET', '/projects/demo')).status === 200);
    expect((await as(bob)('POST', '/projects/demo/vms', {})).status).not.toBe(202);
    const { data } = (
      await virtgate.graphqlAnswer('{ me { principal { name } bindings { group } } }', {}, ada)
    ).body;
    expect(data.me).toEqual({ principal: { name: 'corp/ada' }, bindings: [{ group: 'corp/vm-editors' }] });
  }, 90_000);

  it('acts for them in the cluster under their own name, with the rights of their group', async () => {
    const ada = await provider.token('ada');
    const made = await as(ada)('POST', '/projects/demo/vms', {
      name: 'of-ada',
      cpus: 1,
      memory: '128Mi',
      bootDisk: { blank: true, size: '64Mi' },
      start: false,
    });
    expect([made.status, made.body.requestedBy?.name]).toEqual([202, 'corp/ada']);
    expect((await virtgate.settled(made.body)).state).toBe('SUCCEEDED');
  }, 120_000);

  it('gives a token of our own none of the rights that come through a group', async () => {
    expect((await member({ group: 'corp/vm-editors', role: 'admin' })).status).toBe(201);
    const ada = await provider.token('ada');
    let own: Answer | undefined;
    await until('ada may make tokens', async () => {
      own = await as(ada)('POST', '/tokens', { name: 'mine', expiresIn: '365d' });
      return own.status === 201;
    });
    const { body } = await as(own?.body.token)('GET', '/me');
    expect([body.principal.name, body.bindings]).toEqual(['corp/ada', []]);
    expect((await as(own?.body.token)('GET', '/projects/demo')).status).toBe(404);
  }, 90_000);

  it('refuses what the provider did not sign for us', async () => {
    const good = await provider.token('ada');
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const altered = Buffer.from(JSON.stringify({ ...claims, groups: ['admins'] })).toString('base64url');
    const tokens = [
      `${header}.${altered}.${signature}`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`,
      provider.forge({ aud: 'another' }),
      provider.forge({ exp: Math.floor(Date.now() / 1000) - 5 }),
      provider.forge({ iss: `${provider.issuer}/` }),
    ];
    for (const token of tokens) {
      const answer = await as(token)('GET', '/me');
      expect([answer.status, answer.body.code]).toEqual([401, 'auth.unauthenticated']);
      expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
      expect((await virtgate.graphqlAnswer('{ me { principal { name } } }', {}, token)).status).toBe(401);
    }
    // Accounts that are local cannot be had from outside: "admin" of the provider is another.
    const admin = await as(provider.forge({ sub: 'admin' }))('GET', '/me');
    expect([admin.body.principal.name, admin.body.permissions.platform]).toEqual(['corp/admin', []]);
  }, 60_000);

  it('ends a websocket when its token expires, and begins none with a bad one', async () => {
    await provider.enrol('brief', { groups: ['vm-editors'], lifetimeSeconds: 6 });
    const closed = async (token: string, query?: string) => {
      let code = 0;
      const events: Json[] = [];
      const client = createClient({
        url: `${virtgate.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
        lazy: query !== undefined,
        onNonLazyError: () => {},
        on: {
          closed: (event) => {
            code = (event as { code: number }).code;
          },
        },
      });
      if (query)
        client.subscribe(
          { query },
          { next: (event) => void events.push(event), error: () => {}, complete: () => {} },
        );
      await until('the websocket is closed', () => code !== 0);
      await client.dispose();
      return { code, errors: events.filter((event) => event.errors) };
    };
    expect((await closed(provider.forge({ aud: 'another' }))).code).toBe(4401);
    const token = await provider.token('brief');
    const subscription =
      'subscription { virtualMachineChanged(project: "demo", name: "of-ada") { __typename } }';
    expect(await closed(token, subscription)).toEqual({ code: 4401, errors: [] });
    expect((await as(token)('GET', '/me')).status).toBe(401);
  }, 90_000);

  it('ends for a token that was signed out, although its provider stands by it', async () => {
    const token = await provider.token('ada');
    const { body: me } = await as(token)('GET', '/me');
    // Nobody else signs it out.
    const bob = await provider.token('bob');
    expect((await as(bob)('DELETE', `/tokens/${me.token.id}`)).status).toBe(404);
    expect((await as(token)('DELETE', `/tokens/${me.token.id}`)).status).toBe(204);
    await until('it is refused', async () => (await as(token)('GET', '/me')).status === 401);
    expect((await as(await provider.token('ada'))('GET', '/me')).status).toBe(200);
  }, 60_000);

  it('lists who signed in, and turns away whom a platform administrator blocks', async () => {
    await provider.enrol('eve', { groups: ['vm-editors'] });
    const eve = await provider.token('eve');
    const { body: me } = await as(eve)('GET', '/me');
    expect(me.bindings.length).toBeGreaterThan(0);
    const find = async (query: string): Promise<Json> => (await virtgate.rest('GET', `/users?${query}`)).body;
    const { items } = await find('q=corp/eve');
    expect(items).toEqual([
      expect.objectContaining({ id: me.principal.id, name: 'corp/eve', provider: 'corp', blocked: false }),
    ]);
    expect(items[0].lastSeenAt).not.toBeNull();
    expect((await as(eve)('GET', '/users')).status).toBe(403);
    expect((await as(eve)('POST', `/users/${me.principal.id}/block`, {})).status).toBe(403);

    let ended = 0;
    const client = createClient({
      url: `${virtgate.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${eve}` },
      retryAttempts: 0,
      on: {
        closed: (event) => {
          ended = (event as { code: number }).code;
        },
      },
    });
    let opened = false;
    client.on('connected', () => {
      opened = true;
    });
    client.subscribe(
      { query: 'subscription { virtualMachineChanged(project: "demo", name: "x") { __typename } }' },
      { next: () => {}, error: () => {}, complete: () => {} },
    );
    await until('the websocket is open', () => opened);

    const { data, errors } = (
      await virtgate.graphqlAnswer(
        'mutation ($input: BlockUserInput!) { blockUser(input: $input) { user { blocked blockReason } } }',
        { input: { user: me.principal.id, reason: 'left' } },
      )
    ).body;
    expect([errors, data?.blockUser.user]).toEqual([undefined, { blocked: true, blockReason: 'left' }]);
    await until('eve is refused', async () => (await as(eve)('GET', '/me')).status === 401);
    // A new token of hers is one of the same user.
    expect((await as(await provider.token('eve'))('GET', '/me')).status).toBe(401);
    await until('the websocket is closed', () => ended !== 0, 60_000);
    expect(ended).toBe(4401);
    await client.dispose();
    expect((await find('blocked=true')).items.map(({ name }: Json) => name)).toEqual(['corp/eve']);
    const own = (await virtgate.rest('GET', '/me')).body.principal.id;
    expect((await virtgate.rest('POST', `/users/${own}/block`, {})).body.code).toBe('user.is_oneself');
    expect((await virtgate.rest('POST', '/users/nobody/block', {})).status).toBe(404);

    const back = await virtgate.rest('POST', `/users/${me.principal.id}/unblock`);
    expect([back.status, back.body.blocked, back.body.blockReason]).toEqual([200, false, null]);
    await until('eve is let in', async () => (await as(eve)('GET', '/me')).status === 200);
    const { body: audit } = await virtgate.rest('GET', '/audit?action=user.block');
    expect(audit.items[0]).toMatchObject({ target: { type: 'user', name: 'corp/eve' } });
  }, 120_000);

  it('takes tokens of the cluster that were made for us, and no others', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await cluster.call('POST', accounts, { metadata: { name: 'portal' } });
    const tokenFor = async (audience: string): Promise<string> => {
      const spec = { audiences: [audience], expirationSeconds: 3600 };
      return (await cluster.call('POST', `${accounts}/portal/token`, { spec })).status.token;
    };
    const token = await tokenFor('virtgate');
    const { body: me } = await as(token)('GET', '/me');
    expect([me.principal.name, me.bindings]).toEqual(['kubernetes/system:serviceaccount:default:portal', []]);
    const role = { group: 'kubernetes/system:serviceaccounts:default', role: 'viewer' };
    expect((await member(role)).status).toBe(201);
    await until('it has its role', async () => (await as(token)('GET', '/projects/demo')).status === 200);
    // One for the API server would open it to whoever runs virtgate.
    for (const audience of ['https://kubernetes.default.svc.cluster.local', 'another']) {
      expect((await as(await tokenFor(audience))('GET', '/me')).status).toBe(401);
    }
    // The account goes, and so does the sign-in, within the time that it is remembered.
    await cluster.call('DELETE', `${accounts}/portal`);
    await until('it is refused', async () => (await as(token)('GET', '/me')).status === 401);
  }, 120_000);
});
