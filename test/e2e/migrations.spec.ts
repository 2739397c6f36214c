import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const MINUTE = 60_000;
const PROJECT = 'moving';
const BASE = `/projects/${PROJECT}`;
const SIZE = { cpus: 1, memory: '64Mi' };
const MIGRATE = `mutation ($input: MigrateVirtualMachineInput!) {
  migrateVirtualMachine(input: $input) { operation { id kind } preview { effect manifests } } }`;

describe('live migrations', () => {
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  /** Of an editor of the project. */
  let editor: string;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    await created('/tenants/demo/projects', { name: PROJECT, labels: { tier: 'slow' } });
    await until(`project ${PROJECT} is there`, async () => (await get(BASE)).state === 'Active');
    await created('/tenants/demo/service-accounts', {
      name: 'mover',
      bindings: [{ role: 'editor', project: PROJECT }],
    });
    const account = '/tenants/demo/service-accounts/mover/tokens';
    editor = (await created(account, { name: 't', expiresIn: '1h' })).token;
    const machine = { bootDisk: { blank: true, size: '64Mi' }, ...SIZE, labels: { size: 's' } };
    await settled(await asEditor('POST', `${BASE}/vms`, { name: 'web', ...machine, start: true }));
    await settled(await asEditor('POST', `${BASE}/vms`, { name: 'off', ...machine, start: false }));
    // Exactly used up: whatever takes of it is refused.
    const limits = { vms: 2, runningVms: 1, vcpus: 2, memory: '128Mi', storage: '128Mi' };
    expect((await virtgate.rest('PUT', `${BASE}/quota`, { limits })).status).toBe(200);
  }, 240_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
  }, 60_000);

  const asEditor = (method: string, path: string, body?: Json): Promise<Answer> =>
    virtgate.rest(method, path, body, { authorization: `Bearer ${editor}` });
  const get = async (path: string): Promise<Json> => (await virtgate.rest('GET', path)).body;
  const created = async (path: string, body: Json): Promise<Json> => {
    const answer = await virtgate.rest('POST', path, body);
    expect([path, answer.status, answer.body.code]).toEqual([path, 201, undefined]);
    return answer.body;
  };
  const settled = async ({ status, body }: Answer, state = 'SUCCEEDED'): Promise<Json> => {
    expect([status, body.code]).toEqual([202, undefined]);
    const operation = await virtgate.settled(body);
    expect([operation.kind, operation.state, operation.error]).toEqual([
      operation.kind,
      state,
      state === 'SUCCEEDED' ? null : expect.anything(),
    ]);
    return operation;
  };
  const web = (): Promise<Json> => get(`${BASE}/vms/web`);
  const operationOf = async (id: string): Promise<Json> => get(`/operations/${id}`);
  const migrationOf = async (operation: string): Promise<Json> =>
    (await get(`${BASE}/vms/web/migrations`)).items.find((one: Json) => one.operation === operation);
  const sending = (operation: string) =>
    until('bytes go over', async () => (await migrationOf(operation))?.bytes?.transferred > 0);

  it(
    'move a machine of a tenant whose quota is exactly used up, and say so only when the machine does',
    async () => {
      const { node: before } = await web();
      const used = (await get(`${BASE}/quota`)).resources;
      expect(used.memory).toMatchObject({ used: '128Mi', available: '0' });
      expect((await asEditor('POST', `${BASE}/vms/off/start`)).body.code).toBe('quota.exceeded');

      const preview = await asEditor('POST', `${BASE}/vms/web/migrate?dryRun=true`, {});
      expect([preview.status, preview.body.dryRun, preview.body.effect]).toEqual([
        200,
        true,
        expect.stringContaining(`from "${before}" to another node`),
      ]);
      expect((await get(`${BASE}/migrations`)).total).toBe(0);

      const operation = await settled(await asEditor('POST', `${BASE}/vms/web/migrate`, {}));
      expect(operation.result).toMatchObject({ sourceNode: before, mode: 'PreCopy' });
      const after = await web();
      expect(after.node).toBe(operation.result.node);
      expect(after.node).not.toBe(before);
      // The watch of migrations may be behind that of machines.
      await until('it says why', async () => (await web()).lastMove?.to === after.node);
      expect((await web()).lastMove).toMatchObject({
        cause: 'request',
        from: before,
        requestedBy: { type: 'service-account', name: expect.stringContaining('mover') },
      });
      expect((await get(`${BASE}/quota`)).resources).toEqual(used);
      const { items } = await get(`${BASE}/vms/web/migrations`);
      expect(items).toEqual([
        expect.objectContaining({
          project: PROJECT,
          virtualMachine: 'web',
          state: 'Succeeded',
          cause: 'request',
          sourceNode: before,
          targetNode: after.node,
          operation: operation.id,
          createdBy: expect.objectContaining({ type: 'service-account' }),
          bytes: { total: 64 * 2 ** 20, transferred: 64 * 2 ** 20, remaining: 0 },
          cancelRequested: false,
          reason: null,
          startedAt: expect.any(String),
          endedAt: expect.any(String),
        }),
      ]);
      const one = await virtgate.rest('GET', `${BASE}/migrations/${items[0].name}`);
      expect([one.body, one.headers.get('etag')]).toEqual([items[0], expect.any(String)]);
    },
    3 * MINUTE,
  );

  it(
    'are refused where they make no sense, and to whom they are not due',
    async () => {
      const refusal = async (path: string, body: Json = {}, token = virtgate.token) => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await virtgate.rest('POST', `${path}/migrate`, body, headers);
        return [answer.status, answer.body.code];
      };
      const { node } = await web();
      expect(await refusal(`${BASE}/vms/off`)).toEqual([409, 'migration.not_running']);
      expect(await refusal(`${BASE}/vms/none`)).toEqual([404, 'vm.not_found']);
      expect(await refusal(`${BASE}/vms/web`, { targetNode: 'x' }, editor)).toEqual([403, 'auth.forbidden']);
      expect(await refusal(`${BASE}/vms/web`, { targetNode: node })).toEqual([422, 'migration.node_unfit']);
      expect(await refusal(`${BASE}/vms/web`, { targetNode: 'x' })).toEqual([422, 'migration.node_unfit']);
      expect(await refusal(`${BASE}/vms/web`, { target: 'x' })).toEqual([400, 'request.invalid']);
      const stranger = await virtgate.strangerToken();
      expect(await refusal(`${BASE}/vms/web`, {}, stranger)).toEqual([404, 'resource.not_found']);
      const { body } = await virtgate.rest('GET', '/migrations', undefined, {
        authorization: `Bearer ${editor}`,
      });
      expect(body.code).toBe('auth.forbidden');
    },
    MINUTE,
  );

  it(
    'go to the node that a platform admin names, over GraphQL',
    async () => {
      const { node: before } = await web();
      const { items: nodes } = await cluster.call('GET', '/api/v1/nodes');
      const target = nodes.map(({ metadata }: Json) => metadata.name).find((name: string) => name !== before);
      const input = { project: PROJECT, name: 'web', targetNode: target };
      const dry = await virtgate.graphql(MIGRATE, { input: { ...input, dryRun: true } });
      expect(dry.migrateVirtualMachine).toMatchObject({
        operation: null,
        preview: { manifests: [expect.objectContaining({ kind: 'VirtualMachineInstanceMigration' })] },
      });
      const { operation } = (await virtgate.graphql(MIGRATE, { input })).migrateVirtualMachine;
      expect(await virtgate.settled(operation)).toMatchObject({
        kind: 'vm.migrate',
        state: 'SUCCEEDED',
        result: { sourceNode: before, node: target },
      });
      await until('it says why', async () => (await web()).lastMove?.to === target);
      const { project } = await virtgate.graphql(
        `{ project(name: "${PROJECT}") { virtualMachine(name: "web") {
             node lastMove { cause at from to requestedBy { type } } migrations(first: 5) {
             totalCount nodes { id state targetNode operation } } } } }`,
      );
      const { node, migrations, lastMove } = project.virtualMachine;
      expect(lastMove).toEqual({
        cause: 'request',
        at: expect.any(String),
        from: before,
        to: target,
        requestedBy: { type: expect.any(String) },
      });
      expect([node, migrations.totalCount]).toEqual([target, 2]);
      // Those of one second stand in any order: the cluster tells no more of when they were made.
      const { id, ...moved } = migrations.nodes.find((one: Json) => one.operation === operation.id);
      expect(moved).toEqual({ state: 'Succeeded', targetNode: target, operation: operation.id });
      const byId = await virtgate.graphql(`{ node(id: "${id}") { ... on Migration { virtualMachine } } }`);
      expect(byId.node).toEqual({ virtualMachine: 'web' });
    },
    2 * MINUTE,
  );

  it(
    'follow policies that select by labels of the project and of the machine, kept by platform admins',
    async () => {
      const why = async () => get(`${BASE}/vms/web/migration-policy`);
      expect(await why()).toMatchObject({ policy: null, settings: { bandwidthPerMigration: '0' } });
      const slow = await virtgate.rest('POST', '/migration-policies', {
        name: 'slow',
        selectors: { projects: { tier: 'slow' } },
        bandwidthPerMigration: '65536',
        completionTimeoutPerGiB: 86_400,
      });
      expect([slow.status, slow.body]).toEqual([
        201,
        expect.objectContaining({ name: 'slow', bandwidthPerMigration: '64Ki', allowPostCopy: null }),
      ]);
      await until('the policy applies', async () => (await why()).policy === 'slow');
      expect((await virtgate.rest('POST', '/migration-policies', slow.body)).status).toBe(400);
      const twice = { name: 'slow', selectors: {} };
      expect((await virtgate.rest('POST', '/migration-policies', twice)).body.code).toBe(
        'migration_policy.exists',
      );

      const path = '/migration-policies/slow';
      const stale = await virtgate.rest('PATCH', path, { allowPostCopy: true }, { 'if-match': '"x"' });
      expect(stale.status).toBe(412);
      const tag = slow.headers.get('etag') ?? '';
      const patch = { selectors: { virtualMachines: { size: 's' } }, maxDowntimeMs: 500 };
      const changed = await virtgate.rest('PATCH', path, patch, { 'if-match': tag });
      expect([changed.status, changed.body.selectors, changed.body.maxDowntimeMs]).toEqual([
        200,
        { projects: { tier: 'slow' }, namespaces: {}, virtualMachines: { size: 's' } },
        500,
      ]);
      await until('two labels match', async () => /2 of its labels/.test((await why()).why));
      const { createMigrationPolicy } = await virtgate.graphql(
        `mutation ($input: CreateMigrationPolicyInput!) {
           createMigrationPolicy(input: $input) { migrationPolicy { id name etag } } }`,
        { input: { name: 'fast', selectors: { virtualMachines: { size: 's' } }, allowAutoConverge: true } },
      );
      expect(createMigrationPolicy.migrationPolicy.name).toBe('fast');
      await until('it is listed', async () => {
        const { migrationPolicies } = await virtgate.graphql('{ migrationPolicies { nodes { name } } }');
        return migrationPolicies.nodes.map(({ name }: Json) => name).join() === 'fast,slow';
      });
      const { project } = await virtgate.graphql(
        `{ project(name: "${PROJECT}") { virtualMachine(name: "web") { migrationPolicy {
             policy why settings { bandwidthPerMigration maxDowntimeMs } } } } }`,
      );
      expect(project.virtualMachine.migrationPolicy).toEqual({
        policy: 'slow',
        why: expect.stringContaining('more than "fast" (1)'),
        settings: { bandwidthPerMigration: '64Ki', maxDowntimeMs: 500 },
      });
      await virtgate.graphql('mutation { deleteMigrationPolicy(input: { name: "fast" }) { deletedName } }');
      for (const [method, body] of [
        ['GET', undefined],
        ['PATCH', {}],
        ['DELETE', undefined],
      ] as const) {
        expect((await asEditor(method, path, body)).body.code).toBe('auth.forbidden');
      }
      const { items } = await get('/audit?action=migration-policy.create');
      expect(items.map(({ result }: Json) => result)).toContain('succeeded');
    },
    2 * MINUTE,
  );

  it(
    'obey limits of the cluster that platform admins read and change',
    async () => {
      const before = await virtgate.rest('GET', '/migrations/limits');
      expect(before.body).toMatchObject({ parallelMigrationsPerCluster: 5, set: [], managedBy: null });
      const tag = before.headers.get('etag') ?? '';
      const patch = { parallelMigrationsPerCluster: 3 };
      const changed = await virtgate.rest('PATCH', '/migrations/limits', patch, { 'if-match': tag });
      expect(changed.body).toMatchObject({ parallelMigrationsPerCluster: 3, set: Object.keys(patch) });
      const read = '{ migrationLimits { parallelMigrationsPerCluster } }';
      await until('it is read', async () => {
        const { migrationLimits } = await virtgate.graphql(read);
        return migrationLimits.parallelMigrationsPerCluster === 3;
      });
      const { updateMigrationLimits } = await virtgate.graphql(
        `mutation { updateMigrationLimits(input: { parallelMigrationsPerCluster: null }) {
           migrationLimits { parallelMigrationsPerCluster set } } }`,
      );
      expect(updateMigrationLimits.migrationLimits).toEqual({ parallelMigrationsPerCluster: 5, set: [] });
      expect((await asEditor('GET', '/migrations/limits')).body.code).toBe('auth.forbidden');
    },
    MINUTE,
  );

  it(
    'tell bytes and mode while they go on, exclude each other, and end CANCELLED only when the machine stays',
    async () => {
      const { node } = await web();
      const { body: begun } = await asEditor('POST', `${BASE}/vms/web/migrate`, {});
      await sending(begun.id);
      await until('the operation tells them, too', async () => {
        const step = (await operationOf(begun.id)).steps.find(({ name }: Json) => name === 'transferring');
        return /^PreCopy, \d+Mi transferred, \d+Mi remaining$/.test(step.message ?? '');
      });
      await until('the migration and the machine say that they go on', async () => {
        const { state, mode, policy } = await migrationOf(begun.id);
        return [state, mode, policy, (await web()).state].join() === 'Running,PreCopy,slow,Migrating';
      });
      const second = await asEditor('POST', `${BASE}/vms/web/migrate`, {});
      expect([second.status, second.body.code, second.body.details]).toEqual([
        409,
        'operation.in_progress',
        { operation: begun.id, kind: 'vm.migrate' },
      ]);
      const all = await get(`/migrations?state=Running&project=${PROJECT}&sort=createdAt`);
      expect([all.total, all.items[0].operation]).toEqual([1, begun.id]);

      expect((await asEditor('POST', `/operations/${begun.id}/cancel`)).status).toBe(202);
      const cancelled = await virtgate.settled(begun);
      expect([cancelled.state, cancelled.error.code]).toEqual(['CANCELLED', 'operation.cancelled']);
      await until('the machine runs again', async () => (await web()).state === 'Running');
      expect((await web()).node).toBe(node);
      const path = `/apis/kubevirt.io/v1/namespaces/${await namespace()}`;
      const { status } = await cluster.call('GET', `${path}/virtualmachineinstances/web`);
      expect(status.migrationState).toMatchObject({ abortStatus: 'Succeeded' });
    },
    2 * MINUTE,
  );

  const namespace = async (): Promise<string> => {
    const { items } = await cluster.call(
      'GET',
      `/api/v1/namespaces?labelSelector=virtgate.io/project=${PROJECT}`,
    );
    return items[0].metadata.name;
  };

  it(
    'outlive a worker that is killed, and are told by whomever they were begun',
    async () => {
      const { body: begun } = await asEditor('POST', `${BASE}/vms/web/migrate`, {});
      await sending(begun.id);
      const restarted = virtgate.killAndAwaitRestart('worker');
      await virtgate.rest('PATCH', '/migration-policies/slow', { bandwidthPerMigration: null });
      await restarted;
      const migration = (await migrationOf(begun.id)).name;
      const path = `/apis/kubevirt.io/v1/namespaces/${await namespace()}/virtualmachineinstancemigrations`;
      // By hand, as the cluster's own tools do it: the operation hears of it and does not hang.
      await cluster.call('DELETE', `${path}/${migration}`);
      const ended = await virtgate.settled(begun);
      expect([ended.state, ended.error?.code]).toEqual(['FAILED', 'migration.vanished']);

      const manifest = {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstanceMigration',
        metadata: { name: 'by-hand' },
        spec: { vmiName: 'web' },
      };
      await cluster.call('POST', path, manifest);
      await until('it is told', async () => {
        const { items } = await get(`${BASE}/migrations?vm=web`);
        return items.some((one: Json) => one.name === 'by-hand' && one.state === 'Succeeded');
      });
      expect(await get(`${BASE}/migrations/by-hand`)).toMatchObject({ operation: null, createdBy: null });
      expect((await virtgate.rest('DELETE', '/migration-policies/slow')).status).toBe(204);
      expect((await virtgate.rest('DELETE', '/migration-policies/slow')).status).toBe(404);
    },
    3 * MINUTE,
  );
});
