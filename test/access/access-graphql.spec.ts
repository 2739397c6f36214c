import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import { type Json, Product } from './product.js';

describe('tenants, projects, members and tokens over GraphQL', () => {
  let product: Product;
  let admin: string;

  beforeAll(async () => {
    product = await Product.start();
    admin = await product.app.get(Bootstrap, { strict: false }).ensureDemo(product);
    // What is asked for by name is read, whether or not the signal has come.
    expect((await product.rest(admin, 'GET', '/projects/demo')).status).toBe(200);
  }, 60_000);

  afterAll(async () => {
    await product?.stop();
  }, 30_000);

  const ask = async (query: string, variables: Json = {}, token = admin): Promise<Json> => {
    const { data, errors } = await product.graphql(token, query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
  const refused = async (query: string, variables: Json = {}, token = admin): Promise<string> => {
    const { errors } = await product.graphql(token, query, variables);
    return errors?.[0]?.extensions?.code;
  };
  const change = (name: string, input: string, payload: string) =>
    `mutation($input: ${input}!) { ${name}(input: $input) ${payload} }`;

  it('tells the caller who it is', async () => {
    const { me } = await ask(
      `{ me { principal { id type name } token { id scopes expiresAt } bindings { role scope tenant project expiresAt }
              permissions { platform projects { project permissions } } } }`,
    );
    expect(me.principal).toMatchObject({ type: 'user', name: 'admin' });
    expect(me.bindings).toEqual([
      { role: 'platform-admin', scope: 'platform', tenant: null, project: null, expiresAt: null },
    ]);
    expect(me.permissions.projects.map(({ project }: Json) => project)).toEqual(['demo']);
  });

  it('goes through the life of a tenant and its project', async () => {
    const { createTenant } = await ask(
      change('createTenant', 'CreateTenantInput', '{ tenant { id name } }'),
      {
        input: { name: 'acme', displayName: 'Acme' },
      },
    );
    const input = { tenant: 'acme', name: 'shop', labels: { env: 'prod' } };
    const { createProject } = await ask(
      change(
        'createProject',
        'CreateProjectInput',
        '{ project { id name state labels tenant { id name } } }',
      ),
      { input },
    );
    expect(createProject.project).toMatchObject({
      name: 'shop',
      labels: { env: 'prod' },
      tenant: { id: createTenant.tenant.id, name: 'acme' },
    });
    const { node, tenant, projects } = await ask(
      `query($id: ID!) {
         node(id: $id) { id ... on Project { name namespace tenant { displayName } } }
         tenant(name: "acme") { projects(first: 5, label: ["env=prod"]) { totalCount edges { cursor node { name } } } }
         projects(first: 1) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }`,
      { id: createProject.project.id },
    );
    expect(node).toMatchObject({
      id: createProject.project.id,
      name: 'shop',
      tenant: { displayName: 'Acme' },
    });
    expect(tenant.projects.edges.map(({ node: { name } }: Json) => name)).toEqual(['shop']);
    expect([projects.totalCount, projects.nodes, projects.pageInfo.hasNextPage]).toEqual([
      2,
      [{ name: 'demo' }],
      true,
    ]);
    const after = await ask(
      'query($after: String) { projects(first: 5, after: $after) { nodes { name } } }',
      {
        after: projects.pageInfo.endCursor,
      },
    );
    expect(after.projects.nodes).toEqual([{ name: 'shop' }]);
    const { updateProject } = await ask(
      change('updateProject', 'UpdateProjectInput', '{ project { displayName labels } }'),
      { input: { project: 'shop', displayName: 'Shop', labels: { env: null, team: 'a' } } },
    );
    expect(updateProject.project).toEqual({ displayName: 'Shop', labels: { team: 'a' } });
    expect(
      await refused(change('deleteTenant', 'DeleteTenantInput', '{ deletedName }'), {
        input: { tenant: 'acme' },
      }),
    ).toBe('tenant.not_empty');
    const { deleteProject } = await ask(
      change('deleteProject', 'DeleteProjectInput', '{ project { state } }'),
      {
        input: { project: 'shop' },
      },
    );
    expect(deleteProject.project.state).toBe('Deleting');
    expect(
      await refused(change('createTenant', 'CreateTenantInput', '{ tenant { id } }'), {
        input: { name: 'demo' },
      }),
    ).toBe('tenant.exists');
    expect(
      await refused(change('createTenant', 'CreateTenantInput', '{ tenant { id } }'), {
        input: { name: 'A b' },
      }),
    ).toBe('request.invalid');
  });

  it('makes accounts, tokens and members, which see what is theirs', async () => {
    await ask(change('createTenant', 'CreateTenantInput', '{ tenant { id } }'), {
      input: { name: 'others' },
    });
    const { createServiceAccount } = await ask(
      change(
        'createServiceAccount',
        'CreateServiceAccountInput',
        '{ serviceAccount { id bindings { role project } } }',
      ),
      { input: { tenant: 'others', name: 'bot', bindings: [{ role: 'viewer' }] } },
    );
    expect(createServiceAccount.serviceAccount.bindings).toEqual([{ role: 'viewer', project: null }]);
    const { createServiceAccountToken } = await ask(
      change(
        'createServiceAccountToken',
        'CreateServiceAccountTokenInput',
        '{ secret token { id name scopes } }',
      ),
      { input: { tenant: 'others', serviceAccount: 'bot', name: 'ci', expiresIn: '1h' } },
    );
    const bot: string = createServiceAccountToken.secret;
    const { me, projects, tenants } = await ask(
      '{ me { principal { type name } } projects { nodes { name } } tenants { nodes { name } } }',
      {},
      bot,
    );
    expect(me.principal).toEqual({ type: 'service_account', name: 'bot' });
    expect([projects.nodes, tenants.nodes]).toEqual([[], [{ name: 'others' }]]);
    expect(await refused('{ project(name: "demo") { name } }', {}, bot)).toBe('resource.not_found');
    expect(await refused('{ project(name: "nowhere") { name } }', {}, bot)).toBe('resource.not_found');
    expect(await refused('{ tenant(name: "demo") { name } }', {}, bot)).toBe('resource.not_found');
    expect(await refused('{ tenant(name: "others") { members { totalCount } } }', {}, bot)).toBe(
      'auth.forbidden',
    );
    expect(
      await refused(
        change('createTenant', 'CreateTenantInput', '{ tenant { id } }'),
        { input: { name: 'x' } },
        bot,
      ),
    ).toBe('auth.forbidden');

    const { addProjectMember } = await ask(
      change('addProjectMember', 'AddProjectMemberInput', '{ member { id role account { type name } } }'),
      { input: { project: 'demo', user: 'ada', role: 'viewer' } },
    );
    expect(addProjectMember.member).toMatchObject({ role: 'viewer', account: { type: 'user', name: 'ada' } });
    const member = addProjectMember.member.id;
    await ask(change('changeProjectMember', 'ChangeProjectMemberInput', '{ member { role } }'), {
      input: { project: 'demo', member, role: 'editor' },
    });
    const { project } = await ask(
      '{ project(name: "demo") { members(first: 5) { nodes { role account { name } } } } }',
    );
    expect(project.members.nodes).toEqual([{ role: 'editor', account: { name: 'ada' } }]);
    await ask(change('removeProjectMember', 'RemoveProjectMemberInput', '{ removedId }'), {
      input: { project: 'demo', member },
    });
    const tenantMember = { tenant: 'others', serviceAccount: 'bot', role: 'operator' };
    const { addTenantMember } = await ask(
      change('addTenantMember', 'AddTenantMemberInput', '{ member { id } }'),
      { input: tenantMember },
    );
    expect(
      await refused(change('changeTenantMember', 'ChangeTenantMemberInput', '{ member { id } }'), {
        input: { tenant: 'others', member: addTenantMember.member.id, role: 'viewer' },
      }),
    ).toBe('member.exists');
    await ask(change('removeTenantMember', 'RemoveTenantMemberInput', '{ removedId }'), {
      input: { tenant: 'others', member: addTenantMember.member.id },
    });
    const { tenant } = await ask(
      '{ tenant(name: "others") { serviceAccounts { nodes { name tokens { totalCount nodes { id name } } } } } }',
    );
    expect(tenant.serviceAccounts.nodes).toEqual([
      {
        name: 'bot',
        tokens: { totalCount: 1, nodes: [{ id: createServiceAccountToken.token.id, name: 'ci' }] },
      },
    ]);
    await ask(change('revokeServiceAccountToken', 'RevokeServiceAccountTokenInput', '{ revokedId }'), {
      input: { tenant: 'others', serviceAccount: 'bot', id: createServiceAccountToken.token.id },
    });
    expect(await refused('{ me { principal { id } } }', {}, bot)).toBe('auth.unauthenticated');
  });

  it('makes, lists and revokes own tokens', async () => {
    const { createToken } = await ask(
      change('createToken', 'CreateTokenInput', '{ secret token { id name scopes expiresAt } }'),
      { input: { name: 'mine', expiresIn: '1h', scopes: ['projects:read'] } },
    );
    const { tokens } = await ask('{ tokens { nodes { id } } }', {}, createToken.secret);
    expect(tokens.nodes).toEqual([{ id: createToken.token.id }]);
    expect(
      await refused(
        change('createToken', 'CreateTokenInput', '{ secret }'),
        { input: { name: 'more', expiresIn: '1h' } },
        createToken.secret,
      ),
    ).toBe('auth.forbidden');
    await ask(change('revokeToken', 'RevokeTokenInput', '{ revokedId }'), {
      input: { id: createToken.token.id },
    });
    expect(await refused('{ me { principal { id } } }', {}, createToken.secret)).toBe('auth.unauthenticated');
  });
});
