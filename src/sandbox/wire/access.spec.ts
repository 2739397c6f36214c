import type { Untyped } from '../store/kube-object.js';
import { RunningServer, virtualMachine } from './testing/running-server.js';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const VMS = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';

describe('who may what', () => {
  let running: RunningServer;

  const role = (name: string, rules: Untyped[]) =>
    running.store.create('clusterroles.rbac.authorization.k8s.io', {
      apiVersion: '',
      kind: 'ClusterRole',
      metadata: { name },
      rules,
    });
  const bind = (name: string, roleName: string, subject: Untyped, namespace?: string) =>
    running.store.create(`${namespace ? 'rolebindings' : 'clusterrolebindings'}.rbac.authorization.k8s.io`, {
      apiVersion: '',
      kind: '',
      metadata: { name, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
      subjects: [subject],
    });
  const whoami = (headers: Record<string, string | string[]>, token?: string) =>
    running.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token,
      headers,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });

  beforeAll(async () => {
    running = await RunningServer.start();
  });
  afterAll(() => running.stopAndRemove());

  it('lets anybody see health and version, and nothing else', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version'])
      expect((await running.call('GET', path, { token: null })).code).toBe(200);
    for (const path of ['/api', '/apis', '/openapi/v3', VMS, '/sandbox/faults'])
      expect((await running.call('GET', path, { token: null })).code).toBe(401);
  });

  it('lets every user discover, and read what KubeVirt opens to all', async () => {
    const token = running.tokenOf('nobody');
    for (const path of ['/api', '/apis', '/apis/kubevirt.io/v1', '/openapi/v3'])
      expect((await running.call('GET', path, { token })).code).toBe(200);
    for (const path of [
      '/apis/kubevirt.io/v1/kubevirts',
      '/apis/instancetype.kubevirt.io/v1beta1/virtualmachineclusterinstancetypes',
    ])
      expect((await running.call('GET', path, { token })).code).toBe(200);
    expect((await running.call('GET', '/api/v1/nodes', { token })).code).toBe(403);
  });

  it('impersonates user, groups, uid and extra, group by group', async () => {
    const answer = await whoami({
      'impersonate-user': 'carol',
      'impersonate-group': ['virtgate:project:demo:editor', 'with, comma'],
      'impersonate-uid': '42',
      'impersonate-extra-reason': 'test',
    });
    expect(answer.body.status.userInfo).toEqual({
      username: 'carol',
      uid: '42',
      groups: ['virtgate:project:demo:editor', 'with, comma', 'system:authenticated'],
      extra: { reason: ['test'] },
    });
  });

  it('impersonates only as far as the verb reaches', async () => {
    const gateway = running.tokenOf('gateway');
    role('impersonator', [
      { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
      { apiGroups: [''], resources: ['groups'], resourceNames: ['team'], verbs: ['impersonate'] },
    ]);
    expect((await whoami({ 'impersonate-user': 'x' }, gateway)).body.message).toBe(
      'users "x" is forbidden: User "gateway" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    bind('impersonator', 'impersonator', { kind: 'User', name: 'gateway' });
    expect((await whoami({ 'impersonate-user': 'x', 'impersonate-group': 'team' }, gateway)).code).toBe(201);
    const masters = await whoami({ 'impersonate-user': 'x', 'impersonate-group': 'system:masters' }, gateway);
    expect(masters.body.message).toContain('cannot impersonate resource "groups"');
    const extra = await whoami({ 'impersonate-user': 'x', 'impersonate-extra-a': 'b' }, gateway);
    expect(extra.code).toBe(403);
  });

  it('grants in a namespace by group, and takes back at once', async () => {
    bind('editors', 'edit', { kind: 'Group', name: 'editors' }, 'default');
    const as = { 'impersonate-user': 'dora', 'impersonate-group': 'editors' };
    const created = await running.call('POST', VMS, { headers: as, body: virtualMachine('by-dora') });
    expect(created.code).toBe(201);
    expect((await running.call('GET', '/apis/kubevirt.io/v1/virtualmachines', { headers: as })).code).toBe(
      403,
    );
    running.store.delete('rolebindings.rbac.authorization.k8s.io', 'default', 'editors');
    expect((await running.call('GET', VMS, { headers: as })).code).toBe(403);
  });

  it('aggregates roles by label, at once', async () => {
    bind('viewers', 'view', { kind: 'User', name: 'vera' }, 'default');
    const ask = () =>
      running.call('GET', '/apis/coordination.k8s.io/v1/namespaces/default/leases', {
        headers: { 'impersonate-user': 'vera' },
      });
    expect((await ask()).code).toBe(403);
    running.store.create('clusterroles.rbac.authorization.k8s.io', {
      apiVersion: '',
      kind: '',
      metadata: { name: 'see-leases', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list'] }],
    });
    expect((await ask()).code).toBe(200);
  });

  it('lets nobody grant more than they hold', async () => {
    bind('chief', 'admin', { kind: 'User', name: 'chief' }, 'default');
    const as = { 'impersonate-user': 'chief' };
    const path = `${RBAC}/namespaces/default`;
    const mine = (name: string, rules: Untyped[]) =>
      running.call('POST', `${path}/roles`, {
        headers: as,
        body: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name },
          rules,
        },
      });
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    const nodes = { apiGroups: [''], resources: ['nodes'], verbs: ['delete'] };
    expect((await mine('pods', [pods])).code).toBe(201);
    const refused = await mine('nodes', [pods, nodes]);
    expect(refused.code).toBe(403);
    expect(refused.body.message).toContain('is attempting to grant RBAC permissions not currently held');
    expect(refused.body.message).toContain('{APIGroups:[""], Resources:["nodes"], Verbs:["delete"]}');
    const binding = (name: string, clusterRole: string) =>
      running.call('POST', `${path}/rolebindings`, {
        headers: as,
        body: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name },
          roleRef: { kind: 'ClusterRole', name: clusterRole },
          subjects: [{ kind: 'User', name: 'friend' }],
        },
      });
    expect((await binding('ok', 'view')).code).toBe(201);
    expect((await binding('too-much', 'cluster-admin')).code).toBe(403);
    role('may-bind', [
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        resourceNames: ['cluster-admin'],
        verbs: ['bind'],
      },
    ]);
    bind('may-bind', 'may-bind', { kind: 'User', name: 'chief' });
    expect((await binding('too-much', 'cluster-admin')).code).toBe(201);
  });

  it('reviews tokens and access', async () => {
    const token = running.tokenOf('dora');
    const review = (given: string) =>
      running.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        body: { spec: { token: given } },
      });
    expect((await review(token)).body.status).toMatchObject({
      authenticated: true,
      user: { username: 'dora', groups: ['system:authenticated'] },
    });
    expect((await review('wrong')).body.status.authenticated).toBeUndefined();
    const access = async (spec: Untyped) =>
      (await running.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body: { spec } }))
        .body.status.allowed;
    const asked = { group: 'kubevirt.io', resource: 'virtualmachines', verb: 'list', namespace: 'default' };
    expect(await access({ user: 'vera', resourceAttributes: asked })).toBe(true);
    expect(await access({ user: 'vera', resourceAttributes: { ...asked, verb: 'delete' } })).toBe(false);
    expect(await access({ user: 'vera', resourceAttributes: { ...asked, namespace: 'kube-system' } })).toBe(
      false,
    );
  });

  it('ends a service account token with its account', async () => {
    running.store.create('serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot', namespace: 'default' },
    });
    const issued = await running.call('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', {
      body: { spec: { expirationSeconds: 600 } },
    });
    const { token } = issued.body.status;
    expect((await running.call('GET', '/api', { token })).code).toBe(200);
    const forged = `${token.slice(0, -6)}AAAAAA`;
    expect((await running.call('GET', '/api', { token: forged })).code).toBe(401);
    running.store.delete('serviceaccounts', 'default', 'robot');
    expect((await running.call('GET', '/api', { token })).code).toBe(401);
  });
});
