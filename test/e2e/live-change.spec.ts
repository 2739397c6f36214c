import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const MINUTE = 60_000;

/** What can change of a machine while it runs, over both doors, against simulated guests. */
describe('a machine that is changed while it runs', () => {
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  let namespace: string;

  beforeAll(async () => {
    virtgate = await Virtgate.start({
      env: { SANDBOX_DRIVER: 'simulated', SHARED_NETWORK_NAMESPACES: 'platform-nets' },
    });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const { items } = await cluster.call('GET', '/api/v1/namespaces');
    namespace = items.find(({ metadata }: Json) => metadata.labels?.['virtgate.io/project'] === 'demo')
      ?.metadata.name;
    for (const name of ['platform-nets', 'foreign-nets']) {
      const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await cluster.call('POST', '/api/v1/namespaces', made);
    }
    await define(namespace, 'blue');
    await define('platform-nets', 'uplink');
    await define('foreign-nets', 'secret');
    await until('the gateway knows the networks', async () => {
      const { body } = await virtgate.rest('GET', '/projects/demo/networks');
      return body.total === 3;
    });
  }, 240_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
  }, MINUTE);

  const define = (place: string, name: string) =>
    cluster.call('POST', `/apis/k8s.cni.cncf.io/v1/namespaces/${place}/network-attachment-definitions`, {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { name, namespace: place },
      spec: { config: JSON.stringify({ cniVersion: '0.3.1', type: 'bridge', vlan: 7 }) },
    });
  const rest = (method: string, path: string, body?: Json) =>
    virtgate.rest(method, `/projects/demo${path}`, body);
  const done = async (method: string, path: string, body?: Json): Promise<Json> => {
    const answer = await rest(method, path, body);
    expect([path, answer.status, answer.body.detail]).toEqual([path, 202, undefined]);
    const settled = await virtgate.settled(answer.body);
    expect([path, settled.state, settled.error]).toEqual([path, 'SUCCEEDED', null]);
    return settled;
  };
  const vm = async (name: string): Promise<Json> => (await rest('GET', `/vms/${name}`)).body;
  const machine = (name: string, more: Json = {}) => ({
    name,
    cpus: 1,
    memory: '1Gi',
    bootDisk: { blank: true, size: '64Mi' },
    ...more,
  });

  it(
    'is on the networks that its project sees, under addresses that stay',
    async () => {
      const { body } = await rest('GET', '/networks');
      expect(
        body.items.map(({ name, kind, type, vlan, shared }: Json) => [name, kind, type, vlan, shared]),
      ).toEqual([
        ['blue', 'secondary', 'bridge', 7, false],
        ['platform-nets/uplink', 'secondary', 'bridge', 7, true],
        ['pod', 'pod', null, null, true],
      ]);
      const { project } = await virtgate.graphql(
        '{ project(name: "demo") { networks { totalCount nodes { name shared } } } }',
      );
      expect(project.networks).toMatchObject({
        totalCount: 3,
        nodes: [{ name: 'blue', shared: false }, {}, {}],
      });

      for (const network of ['foreign-nets/secret', 'none']) {
        const refused = await rest('POST', '/vms', machine('x', { networks: [{ network }] }));
        expect([refused.status, refused.body.code]).toEqual([422, 'network.unknown']);
      }
      const mac = '02:AA:00:00:00:01';
      await done(
        'POST',
        '/vms',
        machine('web', {
          networks: [{ network: 'pod' }, { network: 'blue', mac }],
          networkData: 'version: 2\nethernets: {}\n# canary\n',
        }),
      );
      // What may hold secrets is in a secret, and in no answer.
      const { body: manifest } = await rest('GET', '/vms/web/manifest');
      expect(manifest).toContain('networkDataSecretRef');
      expect(JSON.stringify([manifest, await vm('web')])).not.toContain('canary');
      const secrets = await cluster.call('GET', `/api/v1/namespaces/${namespace}/secrets`);
      const given = secrets.items.flatMap(({ data }: Json) => data?.networkdata ?? []);
      expect(given.map((text: string) => Buffer.from(text, 'base64').toString())).toEqual([
        expect.stringContaining('canary'),
      ]);
      const before = (await vm('web')).interfaces;
      expect(before).toMatchObject([
        { name: 'default', network: 'pod', mac: expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/) },
        { name: 'blue', network: 'blue', mac: mac.toLowerCase() },
      ]);
      const taken = await rest('POST', '/vms', machine('y', { networks: [{ network: 'blue', mac }] }));
      expect([taken.status, taken.body.code]).toEqual([409, 'vm.mac_taken']);
      await done('POST', '/vms/web/restart', {});
      expect((await vm('web')).interfaces.map((one: Json) => one.mac)).toEqual(
        before.map((one: Json) => one.mac),
      );
    },
    3 * MINUTE,
  );

  it(
    'gets and loses interfaces, at once where the cluster can',
    async () => {
      const attached = await done('POST', '/vms/web/interfaces', { network: 'platform-nets/uplink' });
      expect(attached.result).toEqual({
        interface: 'uplink',
        mac: expect.stringMatching(/^02:/),
        hot: true,
        restartRequired: false,
      });
      expect((await vm('web')).interfaces.at(-1)).toMatchObject({
        name: 'uplink',
        network: 'platform-nets/uplink',
        mac: attached.result.mac,
      });
      await done('DELETE', '/vms/web/interfaces/uplink');
      const after = await vm('web');
      expect(after.interfaces.map(({ name }: Json) => name)).toEqual(['default', 'blue']);
      expect([after.restartRequired, after.pendingChanges]).toEqual([false, []]);

      const twice = await rest('POST', '/vms/web/interfaces', { network: 'pod' });
      expect([twice.status, twice.body.errors[0].code]).toEqual([400, 'interface.pod']);
      const none = await rest('DELETE', '/vms/web/interfaces/none');
      expect([none.status, none.body.code]).toEqual([404, 'vm.interface_not_found']);

      const input = 'project: "demo", virtualMachine: "web"';
      const { attachInterface } = await virtgate.graphql(
        `mutation { attachInterface(input: { ${input}, network: "blue", name: "second", model: e1000e }) {
           operation { id kind } } }`,
      );
      const cold = await virtgate.settled(attachInterface.operation);
      expect(cold).toMatchObject({ state: 'SUCCEEDED', result: { hot: false, restartRequired: true } });
      const waiting = { field: 'interfaces', from: null, to: 'second' };
      expect((await vm('web')).pendingChanges).toMatchObject([waiting]);
      const { detachInterface } = await virtgate.graphql(
        `mutation { detachInterface(input: { ${input}, interface: "second" }) { operation { id kind } } }`,
      );
      expect(await virtgate.settled(detachInterface.operation)).toMatchObject({ state: 'SUCCEEDED' });
      await until('nothing is pending', async () => (await vm('web')).pendingChanges.length === 0);
    },
    3 * MINUTE,
  );

  it(
    'grows as it was said beforehand, for a tenant whose quota is used up by it',
    async () => {
      await virtgate.rest('PUT', '/projects/demo/quota', { limits: { vcpus: 3, memory: '2Gi', vms: 1 } });
      await until('it can move', async () => (await vm('web')).liveMigratable.value === true);
      const wanted = { cpus: 3, memory: '2Gi', displayName: 'Web' };
      const { body: said } = await rest('PATCH', '/vms/web?dryRun=true', wanted);
      expect(said.changes).toEqual([
        { field: 'cpus', from: '1', to: '3', applies: 'migration', reason: null },
        { field: 'memory', from: '1Gi', to: '2Gi', applies: 'migration', reason: null },
        { field: 'displayName', from: null, to: 'Web', applies: 'now', reason: null },
      ]);
      const beyond = await rest('PATCH', '/vms/web', { cpus: 4 });
      expect([beyond.status, beyond.body.code]).toEqual([409, 'quota.exceeded']);

      const { node } = await vm('web');
      const { result } = await done('PATCH', '/vms/web', wanted);
      expect(result).toMatchObject({ restartRequired: false });
      const grown = await vm('web');
      expect(grown).toMatchObject({ cpus: 3, memory: '2Gi', displayName: 'Web', pendingChanges: [] });
      expect(grown.node).not.toBe(node);
      await until('it says why it moved', async () => (await vm('web')).lastMove !== null);
      expect((await vm('web')).lastMove).toMatchObject({ cause: 'update', from: node, requestedBy: null });
      expect((await rest('GET', '/quota')).body.resources.vcpus).toMatchObject({ used: 3, available: 0 });
    },
    3 * MINUTE,
  );

  it(
    'says what takes a restart, before and after',
    async () => {
      const { updateVirtualMachine } = await virtgate.graphql(
        `mutation { updateVirtualMachine(input: { project: "demo", name: "web", cpus: 2, dryRun: true }) {
           operation { id } preview { changes { field from to applies reason } warnings } } }`,
      );
      expect(updateVirtualMachine.operation).toBeNull();
      const [change] = updateVirtualMachine.preview.changes;
      expect(change).toMatchObject({ field: 'cpus', from: '3', to: '2', applies: 'restart' });
      expect(updateVirtualMachine.preview.warnings[0]).toContain('takes a restart');
      const { result, warnings } = await done('PATCH', '/vms/web', { cpus: 2 });
      expect([result.restartRequired, warnings[0]]).toEqual([true, expect.stringContaining('restart')]);
      expect(await vm('web')).toMatchObject({
        cpus: 3,
        restartRequired: true,
        pendingChanges: [{ field: 'cpus', from: '3', to: '2', applies: 'restart' }],
      });
      await done('POST', '/vms/web/restart', {});
      await until('it has what it was to have', async () => (await vm('web')).cpus === 2);
      expect(await vm('web')).toMatchObject({ restartRequired: false, pendingChanges: [] });
    },
    3 * MINUTE,
  );

  it(
    'is reached by services, which go with it',
    async () => {
      const closed = await rest('POST', '/vms/web/services', {
        name: 'front',
        type: 'LoadBalancer',
        ports: [{ port: 80 }],
      });
      expect([closed.status, closed.body.code]).toEqual([403, 'vm.service_not_open']);
      const ports = [{ port: 80, targetPort: 8080 }];
      const { result } = await done('POST', '/vms/web/services', {
        name: 'front',
        type: 'NodePort',
        ports,
        ipFamilyPolicy: 'PreferDualStack',
      });
      expect(result).toMatchObject({
        service: 'front',
        clusterIPs: [expect.stringMatching(/^10\./), expect.stringMatching(/^fd00:/)],
        nodePorts: [expect.any(Number)],
      });
      const taken = await rest('POST', '/vms/web/services', { name: 'front', ports });
      expect([taken.status, taken.body.code]).toEqual([409, 'vm.service_exists']);
      const endpoints = async () =>
        (await cluster.call('GET', `/api/v1/namespaces/${namespace}/endpoints/front`)).subsets?.[0];
      await until('the guest stands behind it', async () => (await endpoints())?.addresses?.length === 1);
      const { ipAddresses } = await vm('web');
      expect(await endpoints()).toMatchObject({
        addresses: [{ ip: ipAddresses[0] }],
        ports: [{ port: 8080, protocol: 'TCP' }],
      });

      const { exposeVirtualMachine } = await virtgate.graphql(
        `mutation { exposeVirtualMachine(input: { project: "demo", virtualMachine: "web", name: "dns",
           ports: [{ port: 53, protocol: UDP }] }) { operation { id kind } } }`,
      );
      expect(await virtgate.settled(exposeVirtualMachine.operation)).toMatchObject({ state: 'SUCCEEDED' });
      const { project } = await virtgate.graphql(
        '{ project(name: "demo") { virtualMachine(name: "web") { services { name type ports { port protocol } } } } }',
      );
      expect(project.virtualMachine.services).toEqual([
        { name: 'dns', type: 'ClusterIP', ports: [{ port: 53, protocol: 'UDP' }] },
        { name: 'front', type: 'NodePort', ports: [{ port: 80, protocol: 'TCP' }] },
      ]);
      await done('DELETE', '/vms/web/services/dns');
      const none = await rest('DELETE', '/vms/web/services/dns');
      expect([none.status, none.body.code]).toEqual([404, 'vm.service_not_found']);
      const { body } = await rest('GET', '/vms/web/services');
      expect(body).toMatchObject({ total: 1, items: [{ name: 'front', virtualMachine: 'web' }] });

      await done('DELETE', '/vms/web?permanently=true');
      await until('the service went with it', async () => {
        const { items } = await cluster.call('GET', `/api/v1/namespaces/${namespace}/services`);
        return items.length === 0;
      });
    },
    3 * MINUTE,
  );

  describe('of a tenant whose quota is exactly used up', () => {
    const BUDGET = 'virtgate';
    const used = async (): Promise<Json> => {
      const { resources } = (await rest('GET', '/quota')).body;
      return Object.fromEntries(Object.entries<Json>(resources).map(([meter, { used }]) => [meter, used]));
    };
    const useUp = async (more: Json = {}) => {
      const { vms, runningVms, vcpus, memory, storage, disks } = { ...(await used()), ...more };
      const limits = { vms, runningVms, vcpus, memory, storage, disks };
      const { body } = await virtgate.rest('PUT', '/projects/demo/quota', { limits });
      expect(body.code).toBeUndefined();
      await until('the namespace is bounded', async () => (await hard())?.['requests.memory'] !== undefined);
    };
    const hard = async (): Promise<Json> =>
      (await cluster.call('GET', `/api/v1/namespaces/${namespace}/resourcequotas/${BUDGET}`)).spec?.hard;
    /** On no node, but it counts. */
    const pod = (name: string, memory: string, cpu: string) =>
      cluster.call('POST', `/api/v1/namespaces/${namespace}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace },
        spec: {
          nodeSelector: { none: 'such' },
          containers: [{ name: 'main', image: 'none', resources: { requests: { memory, cpu } } }],
        },
      });

    beforeAll(async () => {
      await virtgate.rest('PUT', '/projects/demo/quota', { limits: {} });
      await done('POST', '/vms', machine('full', { evictionStrategy: 'LiveMigrate' }));
      await done('POST', '/disks', { name: 'spare', size: '64Mi', source: { blank: {} } });
      await until('it can move', async () => (await vm('full')).liveMigratable.value === true);
      await useUp();
      // What the bound leaves to imports, copies and exports is taken, so that no machine's pod lives by that.
      expect((await pod('importers', '4000Mi', '2000m')).kind).toBe('Pod');
    }, 2 * MINUTE);

    it('takes nothing more, which the cluster holds as well', async () => {
      for (const more of [machine('more'), machine('more', { start: false })]) {
        expect((await rest('POST', '/vms', more)).body.code).toBe('quota.exceeded');
      }
      expect((await rest('PATCH', '/vms/full', { cpus: 2 })).body.code).toBe('quota.exceeded');
      // Room for the one pod that it moves to is all that is left: for two there is none.
      expect(await pod('beyond', '3Gi', '10m')).toMatchObject({
        code: 403,
        message: expect.stringContaining(`exceeded quota: ${BUDGET}`),
      });
    });

    it(
      'moves',
      async () => {
        const { node } = await vm('full');
        const before = await used();
        const { result } = await done('POST', '/vms/full/migrate', {});
        expect(result.sourceNode).toBe(node);
        expect(await vm('full')).toMatchObject({ state: 'Running', node: result.node });
        expect(await used()).toEqual(before);
      },
      2 * MINUTE,
    );

    it(
      'is given a disk, and grows by the last of what it may',
      async () => {
        const { result } = await done('POST', '/vms/full/disks', { disk: 'spare' });
        expect(result).toMatchObject({ hot: true });
        await useUp({ vcpus: 2, memory: '1536Mi' });
        await done('PATCH', '/vms/full', { cpus: 2, memory: '1536Mi' });
        expect(await vm('full')).toMatchObject({ cpus: 2, memory: '1536Mi', restartRequired: false });
        const { resources } = (await rest('GET', '/quota')).body;
        expect(resources).toMatchObject({
          vcpus: { limit: 2, used: 2, available: 0 },
          memory: { limit: '1536Mi', used: '1536Mi', available: '0' },
          disks: { available: 0 },
        });
      },
      3 * MINUTE,
    );

    it(
      'leaves a node that is drained',
      async () => {
        const { node } = await vm('full');
        const answer = await virtgate.rest('POST', `/nodes/${node}/drain`, {});
        expect(answer.status).toBe(202);
        expect(await virtgate.settled(answer.body)).toMatchObject({
          state: 'SUCCEEDED',
          result: { moved: ['demo/full'], remaining: [] },
        });
        const after = await vm('full');
        expect([after.state, after.node === node]).toEqual(['Running', false]);
        await until('it says why', async () => (await vm('full')).lastMove.cause === 'drain');
      },
      3 * MINUTE,
    );
  });
});
