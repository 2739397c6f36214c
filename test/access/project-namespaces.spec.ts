import { AccessContract } from '../../src/features/access/access.contract.js';
import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import { Failure } from '../../src/kernel/failure.js';
import { AccessPort } from '../../src/platform/access/access-port.js';
import { ClusterClient } from '../../src/platform/cluster/cluster-client.js';
import { NAMESPACE, ROLE_BINDING, VIRTUAL_MACHINE } from '../../src/platform/cluster/kinds.js';
import { type Json, Product, until } from './product.js';

describe('projects in the cluster', () => {
  let product: Product;
  let admin: string;

  beforeAll(async () => {
    product = await Product.start();
    admin = await product.app.get(Bootstrap, { strict: false }).ensureDemo(product);
  }, 60_000);

  afterAll(async () => {
    await product?.stop();
  }, 30_000);

  const rest = (method: string, path: string, body?: unknown) => product.rest(admin, method, path, body);
  const project = async (name: string): Promise<Json> => (await rest('GET', `/projects/${name}`)).body;
  const inState = (name: string, state: string) =>
    until(`${name} is ${state}`, async () => (await project(name)).state === state, 20_000);
  const created = async (name: string): Promise<Json> => {
    expect((await rest('POST', '/tenants/demo/projects', { name })).status).toBe(201);
    await inState(name, 'Active');
    return project(name);
  };
  const namespace = (name: string) => product.cluster.get(NAMESPACE, null, name);
  const gone = (error: unknown) => {
    if (error instanceof Failure && error.code === 'cluster.not_found') return null;
    throw error;
  };

  it('are namespaces with their labels and one binding for each role', async () => {
    const { id, namespace: name } = await created('plain');
    expect((await namespace(name)).metadata.labels).toMatchObject({
      'virtgate.io/project': 'plain',
      'virtgate.io/project-id': id,
      'virtgate.io/tenant': 'demo',
    });
    for (const role of ['viewer', 'operator', 'editor', 'admin']) {
      const binding = await product.cluster.get(ROLE_BINDING, name, `virtgate-${role}`);
      expect([binding.roleRef.name, binding.subjects[0].name]).toEqual([
        `virtgate:project:${role}`,
        `virtgate:project:plain:${role}`,
      ]);
    }
  });

  it('let their tenants write as themselves, within their role', async () => {
    const { namespace: name } = await created('second-lock');
    const port = product.app.get(AccessPort, { strict: false });
    const contract = product.app.get(AccessContract, { strict: false });
    const gateway = product.app.get(ClusterClient, { strict: false });
    const robot = async (account: string, role: string) => {
      const path = '/tenants/demo/service-accounts';
      await rest('POST', path, { name: account, bindings: [{ role, project: 'second-lock' }] });
      const { body } = await rest('POST', `${path}/${account}/tokens`, { name: 'ci', expiresIn: '1h' });
      const principal = await port.authenticate(body.token);
      const ref = await port.project(principal, 'second-lock', 'projects:read');
      return { principal, ref, as: contract.impersonationOf(principal, ref) };
    };
    const machine = (vm: string) => ({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: vm, namespace: name },
      spec: {
        runStrategy: 'Halted',
        template: { spec: { domain: { devices: {}, memory: { guest: '64Mi' } } } },
      },
    });
    const editor = await robot('editor', 'editor');
    expect(editor.as).toEqual({
      user: `virtgate:service-account:${editor.principal.id}`,
      groups: ['virtgate:project:second-lock:editor'],
    });
    await gateway.create(VIRTUAL_MACHINE, name, machine('web'), { as: editor.as });
    const viewer = await robot('viewer', 'viewer');
    await expect(
      gateway.create(VIRTUAL_MACHINE, name, machine('no'), { as: viewer.as }),
    ).rejects.toMatchObject({
      code: 'cluster.forbidden',
    });
    const elsewhere = (await project('plain')).namespace;
    const stray = { ...machine('stray'), metadata: { name: 'stray', namespace: elsewhere } };
    await expect(gateway.create(VIRTUAL_MACHINE, elsewhere, stray, { as: editor.as })).rejects.toMatchObject({
      code: 'cluster.forbidden',
    });

    // Rights asked again, later: those of now, not those of the token's beginning.
    const requester = { type: 'service-account', id: editor.principal.id, tokenId: editor.principal.tokenId };
    expect(await contract.impersonationFor(requester, editor.ref, 'vms:create')).toEqual(editor.as);
    await expect(contract.impersonationFor(requester, editor.ref, 'projects:delete')).rejects.toMatchObject({
      code: 'auth.forbidden',
    });
    await rest('DELETE', `/tenants/demo/service-accounts/editor/tokens/${requester.tokenId}`);
    await expect(contract.impersonationFor(requester, editor.ref, 'vms:create')).rejects.toMatchObject({
      code: 'auth.forbidden',
    });

    await until('the machine is known', async () => {
      const { status, body } = await rest('DELETE', '/projects/second-lock?dryRun=true');
      return status === 409 && body.code === 'project.not_empty' && body.details.virtualMachines === 1;
    });
    await product.cluster.delete(VIRTUAL_MACHINE, name, 'web');
    await until(
      'the project may go',
      async () => (await rest('DELETE', '/projects/second-lock')).status === 202,
    );
    await until(
      'the project is gone',
      async () => (await rest('GET', '/projects/second-lock')).status === 404,
    );
    expect(await namespace(name).catch(gone)).toBeNull();
  }, 60_000);

  it('are repaired when somebody has changed them by hand', async () => {
    const { id, namespace: name } = await created('drifting');
    const path = {
      type: 'merge',
      body: { metadata: { labels: { 'virtgate.io/tenant': 'somebody-else' } } },
    } as const;
    await product.cluster.patch(NAMESPACE, null, name, path);
    await until('the label is back', async () => {
      return (await namespace(name)).metadata.labels?.['virtgate.io/tenant'] === 'demo';
    });

    await product.cluster.delete(ROLE_BINDING, name, 'virtgate-editor');
    await until('the binding is back', async () =>
      product.cluster.get(ROLE_BINDING, name, 'virtgate-editor').catch(gone),
    );

    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'intruders' }];
    await product.cluster.patch(ROLE_BINDING, name, 'virtgate-admin', { type: 'merge', body: { subjects } });
    await until('the intruders are out', async () => {
      const binding = await product.cluster.get(ROLE_BINDING, name, 'virtgate-admin').catch(gone);
      return binding?.subjects?.[0]?.name === 'virtgate:project:drifting:admin';
    });

    // Without its mark it is still the namespace that was made for the project.
    const unmark = { 'virtgate.io/project-id': null };
    await product.cluster.patch(NAMESPACE, null, name, {
      type: 'merge',
      body: { metadata: { labels: unmark } },
    });
    await until('the mark is back', async () => {
      return (await namespace(name)).metadata.labels?.['virtgate.io/project-id'] === id;
    });

    const { uid } = (await namespace(name)).metadata;
    await product.cluster.delete(NAMESPACE, null, name);
    await until('there is a namespace again', async () => {
      const present = await namespace(name).catch(gone);
      return present !== null && present.metadata.uid !== uid && !present.metadata.deletionTimestamp;
    });
    await inState('drifting', 'Active');
    expect((await product.cluster.get(ROLE_BINDING, name, 'virtgate-viewer')).roleRef.name).toBe(
      'virtgate:project:viewer',
    );
  }, 60_000);

  it('never take a namespace that is not theirs, and never delete one', async () => {
    const { id, namespace: name } = await created('robbed');
    await product.cluster.delete(NAMESPACE, null, name);
    // Somebody is quicker than we are, or it was made while we were away.
    await until('a stranger has the name', async () => {
      const foreign = { metadata: { name, labels: { 'virtgate.io/project-id': 'another' } } };
      const made = await product.cluster.create(NAMESPACE, null, foreign).catch(() => null);
      if (made) return true;
      const present = await namespace(name).catch(gone);
      if (
        present &&
        present.metadata.labels?.['virtgate.io/project-id'] === id &&
        !present.metadata.deletionTimestamp
      ) {
        await product.cluster.delete(NAMESPACE, null, name).catch(gone);
      }
      return false;
    });
    await inState('robbed', 'Failed');
    expect((await project('robbed')).stateReason).toContain('was not made for this project');
    expect((await rest('DELETE', '/projects/robbed')).status).toBe(202);
    await until('the project is gone', async () => (await rest('GET', '/projects/robbed')).status === 404);
    expect((await namespace(name)).metadata.labels?.['virtgate.io/project-id']).toBe('another');
  }, 60_000);

  it('take one that is there only where a platform administrator asks, and give it back', async () => {
    const made = async (name: string, labels: Record<string, string> = {}) => {
      await product.cluster.create(NAMESPACE, null, { metadata: { name, labels } });
      return namespace(name);
    };
    const adopt = (token: string, name: string, adoptNamespace: string) =>
      product.rest(token, 'POST', '/tenants/demo/projects', { name, adoptNamespace });
    const unasked = await made('lonely');
    await made('legacy', { team: 'old' });
    await made('vg-elsewhere', { 'virtgate.io/project-id': 'another' });
    for (const name of ['kube-system', 'default', 'vg-images', 'vg-elsewhere', 'nowhere']) {
      const refused = await adopt(admin, 'heir', name);
      expect([name, refused.status, refused.body.code]).toEqual([
        name,
        422,
        'project.namespace_not_adoptable',
      ]);
    }
    await rest('POST', '/tenants/demo/service-accounts', { name: 'boss', bindings: [{ role: 'admin' }] });
    const boss = await rest('POST', '/tenants/demo/service-accounts/boss/tokens', {
      name: 't',
      expiresIn: '1h',
    });
    const denied = await adopt(boss.body.token, 'heir', 'legacy');
    expect([denied.status, denied.body.code]).toEqual([403, 'auth.forbidden']);

    const { data, errors } = await product.graphql(
      admin,
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { namespace } } }',
      { input: { tenant: 'demo', name: 'heir', adoptNamespace: 'legacy' } },
    );
    expect([errors, data?.createProject.project.namespace]).toEqual([undefined, 'legacy']);
    await inState('heir', 'Active');
    expect((await namespace('legacy')).metadata.labels).toMatchObject({
      team: 'old',
      'virtgate.io/project': 'heir',
    });
    expect((await product.cluster.get(ROLE_BINDING, 'legacy', 'virtgate-admin')).subjects[0].name).toBe(
      'virtgate:project:heir:admin',
    );
    const second = await adopt(admin, 'heir-too', 'legacy');
    expect([second.status, second.body.code]).toEqual([422, 'project.namespace_not_adoptable']);

    await until('the project may go', async () => (await rest('DELETE', '/projects/heir')).status === 202);
    await until('it is gone', async () => (await rest('GET', '/projects/heir')).status === 404);
    const kept = await namespace('legacy');
    expect([kept.metadata.labels?.team, kept.metadata.deletionTimestamp]).toEqual(['old', undefined]);
    expect(JSON.stringify(kept.metadata.labels)).not.toContain('virtgate.io');
    expect(await product.cluster.get(ROLE_BINDING, 'legacy', 'virtgate-admin').catch(gone)).toBeNull();
    // Nobody asked for it: as it was made, to the version.
    expect(await namespace('lonely')).toEqual(unasked);
  }, 90_000);
});
