import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const MINUTE = 60_000;

describe('quotas', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
  }, 240_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const project = async (tenant: string, name: string): Promise<string> => {
    const { status } = await virtgate.rest('POST', `/tenants/${tenant}/projects`, { name });
    expect(status).toBe(201);
    await until(`project ${name} is there`, async () => {
      return (await virtgate.rest('GET', `/projects/${name}`)).body.state === 'Active';
    });
    return name;
  };
  const quota = async (path: string): Promise<Json> => (await virtgate.rest('GET', `${path}/quota`)).body;
  const setQuota = async (path: string, limits: Json, more: Json = {}): Promise<Json> => {
    const { status, body } = await virtgate.rest('PUT', `${path}/quota`, { limits, ...more });
    expect([status, body.code]).toEqual([200, undefined]);
    return body;
  };
  const machine = (name: string, more: Json = {}) => ({
    name,
    cpus: 1,
    memory: '64Mi',
    start: false,
    bootDisk: { blank: true, size: '64Mi' },
    ...more,
  });
  const settledAll = async (name: string): Promise<void> => {
    await until(
      `no operation in ${name} is unfinished`,
      async () => {
        const states = ['PENDING', 'RUNNING'].map((state) =>
          virtgate.rest('GET', `/operations?project=${name}&state=${state}&limit=1`),
        );
        return (await Promise.all(states)).every(({ body }) => body.total === 0);
      },
      2 * MINUTE,
    );
  };

  it(
    'let exactly 10 of 200 parallel creates through, over REST and GraphQL, with a worker killed in the middle',
    async () => {
      const name = await project('demo', 'race');
      await setQuota(`/projects/${name}`, { vms: 10 });
      const mutation = `mutation ($input: CreateVirtualMachineInput!) {
        createVirtualMachine(input: $input) { operation { id } } }`;
      const rest = async (vm: string): Promise<Json> => {
        const { body } = await virtgate.rest('POST', `/projects/${name}/vms`, machine(vm));
        return body.code ? { code: body.code, details: body.details } : { operation: body.id };
      };
      const graphql = async (vm: string): Promise<Json> => {
        const variables = { input: { project: name, ...machine(vm) } };
        const { body } = await virtgate.graphqlAnswer(mutation, variables);
        const [error] = body.errors ?? [];
        return error ? error.extensions : { operation: body.data.createVirtualMachine.operation.id };
      };
      const all = Array.from({ length: 200 }, (_, index) =>
        index % 2 === 0 ? rest(`vm-${index}`) : graphql(`vm-${index}`),
      );
      await Promise.race(all);
      const restarted = virtgate.killAndAwaitRestart('worker');
      const answers = await Promise.all(all);
      const refused = answers.filter(({ operation }) => operation === undefined);
      expect([...new Set(refused.map(({ code }) => code))]).toEqual(['quota.exceeded']);
      expect(refused).toHaveLength(190);
      for (const { details } of refused) {
        expect(details).toMatchObject({ resource: 'vms', scope: 'project', limit: 10, requested: 1 });
        expect(details.used + details.reserved).toBe(10);
      }
      await restarted;
      await settledAll(name);
      const { resources } = await quota(`/projects/${name}`);
      expect(resources.vms).toEqual({ limit: 10, used: 10, reserved: 0, available: 0 });
      expect(resources.disks).toMatchObject({ used: 10, reserved: 0 });
      expect((await virtgate.rest('GET', `/projects/${name}/vms?limit=1`)).body.total).toBe(10);
    },
    4 * MINUTE,
  );

  const settled = async (answer: { status: number; body: Json }): Promise<Json> => {
    expect([answer.status, answer.body.code]).toEqual([202, undefined]);
    const operation = await virtgate.settled(answer.body);
    expect([operation.kind, operation.state, operation.error]).toEqual([operation.kind, 'SUCCEEDED', null]);
    return operation;
  };
  const refusal = ({ status, body }: { status: number; body: Json }): Json => {
    expect([status, body.code]).toEqual([409, 'quota.exceeded']);
    expect(body.hint).toBeDefined();
    const { resource, scope, limit, used, reserved, requested } = body.details;
    return [resource, scope, limit, used, reserved, requested];
  };

  it(
    'are asked by everything that takes of them, and follow the cluster to the moment that an operation settles',
    async () => {
      const name = await project('demo', 'metered');
      const path = `/projects/${name}`;
      const post = (where: string, body: Json = {}) => virtgate.rest('POST', `${path}${where}`, body);
      const limits = {
        vms: 2,
        runningVms: 1,
        vcpus: 3,
        memory: '256Mi',
        storage: '512Mi',
        disks: 3,
        snapshots: 1,
        exports: 1,
      };
      await setQuota(path, limits, { warnAtPercent: 100 });
      const first = await settled(await post('/vms', machine('a', { start: true })));
      expect(first.warnings).toContain(
        'The quota of the project "metered" is nearly used up: 1 of 1 runningVms.',
      );
      expect(refusal(await post('/vms', machine('b', { start: true })))).toEqual([
        'runningVms',
        'project',
        1,
        1,
        0,
        1,
      ]);
      await settled(await post('/vms', machine('b')));
      expect(refusal(await post('/vms/b/start'))).toEqual(['runningVms', 'project', 1, 1, 0, 1]);
      expect(refusal(await virtgate.rest('PATCH', `${path}/vms/b`, { cpus: 3 }))).toEqual([
        'vcpus',
        'project',
        3,
        2,
        0,
        2,
      ]);
      expect(refusal(await virtgate.rest('PATCH', `${path}/vms/b`, { memory: '256Mi' }))).toEqual([
        'memory',
        'project',
        '256Mi',
        '128Mi',
        '0',
        '192Mi',
      ]);
      const disk = (size: string) => ({ name: 'data', size, source: { blank: {} } });
      expect(refusal(await post('/disks', disk('1Gi')))).toEqual([
        'storage',
        'project',
        '512Mi',
        '128Mi',
        '0',
        '1Gi',
      ]);
      await settled(await post('/disks', disk('64Mi')));
      expect(refusal(await virtgate.rest('PATCH', `${path}/disks/data`, { size: '1Gi' }))[0]).toBe('storage');
      expect(refusal(await post('/vms/b/clone', { name: 'c' }))).toEqual(['vms', 'project', 2, 2, 0, 1]);

      await settled(await post('/vms/b/snapshots', { name: 'one' }));
      expect(refusal(await post('/vms/b/snapshots', { name: 'two' }))).toEqual([
        'snapshots',
        'project',
        1,
        1,
        0,
        1,
      ]);
      expect(refusal(await post('/snapshots/one/restore', { newName: 'd' }))[0]).toBe('vms');
      for (const [where, body, resource] of [
        ['/vms/b/start', {}, 'runningVms'],
        ['/vms/b/clone', { name: 'c' }, 'vms'],
        ['/disks', { ...disk('1Gi'), name: 'big' }, 'disks'],
        ['/vms/b/snapshots', { name: 'two' }, 'snapshots'],
        ['/snapshots/one/restore', { newName: 'd' }, 'vms'],
      ] as const) {
        expect([where, refusal(await post(`${where}?dryRun=true`, body))[0]]).toEqual([where, resource]);
      }
      await settled(await post('/exports', { name: 'out', source: { disk: 'data' }, ttl: '1h' }));
      expect(refusal(await post('/exports', { name: 'more', source: { disk: 'data' }, ttl: '1h' }))[0]).toBe(
        'exports',
      );
      const full = await quota(path);
      expect(full.limits).toEqual(limits);
      expect(full.resources).toMatchObject({
        vms: { limit: 2, used: 2, reserved: 0, available: 0 },
        runningVms: { limit: 1, used: 1, reserved: 0, available: 0 },
        vcpus: { limit: 3, used: 2, reserved: 0, available: 1 },
        memory: { limit: '256Mi', used: '128Mi', reserved: '0', available: '128Mi' },
        storage: { limit: '512Mi', used: '192Mi', reserved: '0', available: '320Mi' },
        disks: { limit: 3, used: 3, reserved: 0, available: 0 },
        snapshots: { limit: 1, used: 1, reserved: 0, available: 0 },
        snapshotBytes: { limit: null, used: '64Mi', reserved: '0', available: null },
        exports: { limit: 1, used: 1, reserved: 0, available: 0 },
        images: { limit: null, used: 0, reserved: 0, available: null },
      });
      const [[storageClass, inClass]] = Object.entries<Json>(full.storageClasses) as [[string, Json]];
      expect(inClass).toMatchObject({ limit: null, used: '192Mi' });
      const { project: node } = await virtgate.graphql(
        `{ project(name: "${name}") { quota { scope limits resources { name limit used reserved available }
           storageClasses { name used } } } }`,
      );
      expect(node.quota).toMatchObject({
        scope: 'project',
        limits,
        storageClasses: [{ name: storageClass, used: '192Mi' }],
      });
      expect(node.quota.resources).toContainEqual({
        name: 'memory',
        limit: '256Mi',
        used: '128Mi',
        reserved: '0',
        available: '128Mi',
      });

      // What settled has given back what it gave back, without a moment's wait.
      await settled(await post('/vms/a/stop', { force: true }));
      await settled(await post('/vms/b/start'));
      await settled(await virtgate.rest('DELETE', `${path}/vms/a?disks=delete`));
      await settled(await post('/vms', machine('c')));
      await settled(await virtgate.rest('DELETE', `${path}/snapshots/one`));
      await settled(await post('/vms/c/snapshots', { name: 'three' }));
      await setQuota(path, { ...limits, storageClasses: { [storageClass]: '192Mi' } });
      expect(refusal(await post('/disks', { ...disk('64Mi'), name: 'more' })).slice(0, 3)).toEqual([
        'disks',
        'project',
        3,
      ]);
      await setQuota(path, { storageClasses: { [storageClass]: '192Mi' } });
      expect(refusal(await post('/disks', { ...disk('64Mi'), name: 'more' }))).toEqual([
        `storage/${storageClass}`,
        'project',
        '192Mi',
        '192Mi',
        '0',
        '64Mi',
      ]);
    },
    4 * MINUTE,
  );

  it(
    'of a tenant cap its projects together; who manages the tenant sets those of its projects',
    async () => {
      await virtgate.rest('POST', '/tenants', { name: 'capped' });
      const [one, two] = [await project('capped', 'capped-one'), await project('capped', 'capped-two')];
      const token = async (account: string, bindings: Json[]): Promise<string> => {
        const path = '/tenants/capped/service-accounts';
        expect((await virtgate.rest('POST', path, { name: account, bindings })).status).toBe(201);
        const { body } = await virtgate.rest('POST', `${path}/${account}/tokens`, {
          name: 't',
          expiresIn: '1h',
        });
        return `Bearer ${body.token}`;
      };
      const owner = { authorization: await token('owner', [{ role: 'admin' }]) };
      const lead = { authorization: await token('lead', [{ role: 'admin', project: one }]) };
      const code = ({ status, body }: { status: number; body: Json }) => [status, body.code];

      const put = (path: string, body: Json, as = {}) => virtgate.rest('PUT', `${path}/quota`, body, as);
      await setQuota('/tenants/capped', { vms: 2, vcpus: 8 }, { projectDefaults: { vms: 1, disks: 7 } });
      expect(code(await put('/tenants/capped', { limits: {} }, owner))).toEqual([403, 'auth.forbidden']);
      expect(code(await put(`/projects/${one}`, { limits: {} }, lead))[0]).toBeGreaterThanOrEqual(403);
      const above = await put(`/projects/${one}`, { limits: { vcpus: 9 } }, owner);
      expect(code(above)).toEqual([422, 'quota.above_tenant']);
      expect(above.body.errors[0].pointer).toBe('/limits/vcpus');
      for (const limits of [{ vms: -1 }, { vms: '1' }, { memory: 'x' }, { cars: 1 }]) {
        expect([limits, ...code(await put(`/projects/${one}`, { limits }, owner))]).toEqual([
          limits,
          400,
          'request.invalid',
        ]);
      }
      const read = await virtgate.rest('GET', `/projects/${one}/quota`, undefined, lead);
      expect(read.body.resources).toMatchObject({ vms: { limit: 1 }, disks: { limit: 7 } });
      expect(code(await virtgate.rest('GET', '/tenants/demo/quota', undefined, owner))).toEqual([
        404,
        'resource.not_found',
      ]);
      const etag = read.headers.get('etag') ?? '';
      const set = await put(`/projects/${one}`, { limits: { vms: 2 } }, { ...owner, 'if-match': etag });
      expect([set.status, set.body.resources.vms.limit, set.body.resources.disks.limit]).toEqual([200, 2, 7]);
      const late = await put(`/projects/${one}`, { limits: {} }, { ...owner, 'if-match': etag });
      expect(late.status).toBe(412);
      await virtgate.rest('PUT', `/projects/${one}/quota?dryRun=true`, { limits: { vms: 0 } }, owner);
      expect((await quota(`/projects/${one}`)).resources.vms.limit).toBe(2);

      const { setProjectQuota } = await virtgate.graphql(
        `mutation { setProjectQuota(input: { project: "${two}", limits: { vms: 2 }, warnAtPercent: 50 }) {
           quota { name warnAtPercent limits } } }`,
      );
      expect(setProjectQuota.quota).toEqual({ name: two, warnAtPercent: 50, limits: { vms: 2 } });
      await settled(await virtgate.rest('POST', `/projects/${one}/vms`, machine('x')));
      await settled(await virtgate.rest('POST', `/projects/${two}/vms`, machine('y')));
      expect(refusal(await virtgate.rest('POST', `/projects/${two}/vms`, machine('z')))).toEqual([
        'vms',
        'tenant',
        2,
        2,
        0,
        1,
      ]);
      const dry = await virtgate.rest('POST', `/projects/${two}/vms?dryRun=true`, machine('z'));
      expect(code(dry)).toEqual([409, 'quota.exceeded']);
      expect((await quota(`/projects/${two}`)).resources.vms).toEqual({
        limit: 2,
        used: 1,
        reserved: 0,
        available: 0,
      });
      expect((await quota('/tenants/capped')).resources).toMatchObject({
        vms: { limit: 2, used: 2, reserved: 0, available: 0 },
        vcpus: { limit: 8, used: 2, available: 6 },
      });
    },
    3 * MINUTE,
  );

  it(
    'bound the pods of the namespace with headroom; what is done to that by hand is undone',
    async () => {
      const name = await project('demo', 'bounded');
      const { namespace } = (await virtgate.rest('GET', `/projects/${name}`)).body;
      const cluster = ClusterAdmin.of(virtgate.kubeconfig);
      try {
        const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
        const hard = async (): Promise<Json> => (await cluster.call('GET', `${path}/virtgate`)).spec?.hard;
        await setQuota(`/projects/${name}`, { vms: 2, vcpus: 2, memory: '256Mi' });
        await until('the namespace has a quota', hard);
        const bound = await hard();
        expect(Object.keys(bound).sort()).toEqual(['requests.cpu', 'requests.memory']);
        const patch = { spec: { hard: { 'requests.cpu': '1m' } } };
        await cluster.call('PATCH', `${path}/virtgate`, patch, 'application/merge-patch+json');
        await until(
          'the bound is back',
          async () => (await hard())['requests.cpu'] === bound['requests.cpu'],
        );
        await cluster.call('DELETE', `${path}/virtgate`);
        await until('the quota is back', hard);
        for (const vm of ['a', 'b']) {
          const body = machine(vm, { memory: '128Mi', start: true });
          await settled(await virtgate.rest('POST', `/projects/${name}/vms`, body));
        }
        const states = (await virtgate.rest('GET', `/projects/${name}/vms`)).body.items;
        expect(states.map(({ state }: Json) => state)).toEqual(['Running', 'Running']);
        await setQuota(`/projects/${name}`, { vms: 2 });
        await until('nothing is bound any more', async () => (await hard()) === undefined);
      } finally {
        cluster.close();
      }
    },
    3 * MINUTE,
  );
});
