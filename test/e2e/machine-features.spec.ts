import { ClusterAdmin } from '../support/cluster-admin.js';
import { ConsoleEnd } from '../support/console.js';
import { publicKey } from '../support/public-keys.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

/** On a platform that opens placement. */
describe('placement, probes and watchdogs', () => {
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  let machines: string;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated', TENANT_PLACEMENT: 'allow' } });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const { items } = await cluster.call('GET', '/api/v1/namespaces');
    const found = items.find(({ metadata }: Json) => metadata.labels?.['virtgate.io/project'] === 'demo');
    machines = `/apis/kubevirt.io/v1/namespaces/${found.metadata.name}/virtualmachines`;
  }, 300_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
  }, 60_000);

  const small = { cpus: 1, memory: '64Mi', bootDisk: { blank: true, size: '64Mi' } };
  const done = async (method: string, path: string, body: Json): Promise<Json> => {
    const answer = await virtgate.rest(method, path, body);
    expect([path, answer.status, answer.body.code]).toEqual([path, 202, undefined]);
    const operation = await virtgate.settled(answer.body);
    expect([path, operation.state, operation.error]).toEqual([path, 'SUCCEEDED', null]);
    return operation;
  };
  const nodeOf = async (name: string): Promise<string> => {
    let node = '';
    await until(`${name} is on a node`, async () => {
      node = (await virtgate.rest('GET', `/projects/demo/vms/${name}`)).body.node ?? '';
      return node !== '';
    });
    return node;
  };
  const template = async (name: string): Promise<Json> =>
    (await cluster.call('GET', `${machines}/${name}`)).spec.template.spec;

  it('puts machines where they are to be, together and apart', async () => {
    const { items: nodes } = await cluster.call('GET', '/api/v1/nodes');
    const wanted = nodes[1].metadata.labels['kubernetes.io/hostname'];
    const create = (name: string, labels: Json, placement: Json) =>
      done('POST', '/projects/demo/vms', { name, ...small, labels, placement });
    await create('db', { app: 'db' }, { nodeSelector: { 'kubernetes.io/hostname': wanted } });
    expect(await nodeOf('db')).toBe(nodes[1].metadata.name);
    const to = (rule: string) => ({ affinity: [{ labels: { app: 'db' }, rule, required: true }] });
    await create('near', {}, to('together'));
    await create('far', {}, to('apart'));
    expect(await nodeOf('near')).toBe(await nodeOf('db'));
    expect(await nodeOf('far')).not.toBe(await nodeOf('db'));

    await done('PATCH', '/projects/demo/vms/db', {
      evictionStrategy: 'LiveMigrate',
      placement: { nodeSelector: { 'kubernetes.io/hostname': null }, tolerations: [{ operator: 'Exists' }] },
    });
    const after = await template('db');
    expect([after.nodeSelector ?? {}, after.tolerations, after.evictionStrategy]).toEqual([
      {},
      [{ operator: 'Exists' }],
      'LiveMigrate',
    ]);
    // What is not opened stays closed.
    const cpu = await virtgate.rest('PATCH', '/projects/demo/vms/db', { cpu: { model: 'Haswell' } });
    expect([cpu.status, cpu.body.code]).toEqual([422, 'vm.not_open']);
  }, 180_000);

  it('is ready when its probe says so, and is started again when it is found dead', async () => {
    const often = { periodSeconds: 1, failureThreshold: 1 };
    await done('POST', '/projects/demo/vms', {
      name: 'alive',
      ...small,
      probes: {
        readiness: { http: { port: 80, path: '/healthz' }, ...often },
        liveness: { tcp: { port: 22 }, ...often },
      },
    });
    const vm = '/projects/demo/vms/alive';
    const get = async (path: string): Promise<Json> => (await virtgate.rest('GET', path)).body;
    const instance = (): Promise<Json> =>
      cluster.call('GET', `${machines.replace('machines', 'machineinstances')}/alive`);
    const { uid } = (await instance()).metadata;
    expect(await get(vm)).toMatchObject({
      state: 'Running',
      ready: false,
      notReadyReason: expect.stringContaining('readiness probe'),
    });
    const session = await virtgate.rest('POST', `${vm}/console-sessions`, { type: 'serial' });
    const console = await ConsoleEnd.open(session.body.websocketUrl);
    console.type('serve 80 200\r');
    await until('it is ready', async () => (await get(vm)).ready === true, 90_000);
    const query = '{ project(name: "demo") { virtualMachine(name: "alive") { ready notReadyReason } } }';
    expect((await virtgate.graphql(query)).project.virtualMachine).toEqual({
      ready: true,
      notReadyReason: null,
    });

    console.type('serve 80 503\r');
    let told: Json;
    await until(
      'it is told as unhealthy',
      async () => {
        told = await get(`${vm}/diagnosis`);
        return told.causes.some(({ code }: Json) => code === 'instance.unhealthy');
      },
      90_000,
      () => JSON.stringify(told),
    );
    expect(told.causes.find(({ code }: Json) => code === 'instance.unhealthy').detail).toBe(
      'The probe says: Readiness probe failed: HTTP probe failed with statuscode: 503',
    );

    console.type('serve 22 nothing\r');
    await until(
      'it was started again',
      async () => {
        const now = await instance();
        return now.status?.phase === 'Running' && now.metadata.uid !== uid;
      },
      90_000,
    );
    console.close();
    let words: string[] = [];
    await until(
      'its owner can see why',
      async () => {
        const { items } = await get(`${vm}/events?limit=100`);
        words = items.map(({ type, reason, message }: Json) => `${type} ${reason}: ${message}`);
        const refused =
          /^Warning Unhealthy: Liveness probe failed: dial tcp 10\.244\.\S+:22: connect: connection refused$/;
        return (
          words.includes('Normal Killing: Container compute failed liveness probe') &&
          words.some((one) => refused.test(one))
        );
      },
      60_000,
      () => words.join('\n'),
    );
    await done('POST', `${vm}/stop`, { force: true });
  }, 180_000);

  it('tells health by probes and a watchdog, over both doors', async () => {
    const { data, errors } = (
      await virtgate.graphqlAnswer(
        'mutation ($input: CreateVirtualMachineInput!) { createVirtualMachine(input: $input) { operation { id } } }',
        {
          input: {
            project: 'demo',
            name: 'probed',
            ...small,
            start: false,
            probes: {
              readiness: { http: { port: 80, path: '/healthz' }, periodSeconds: 5 },
              liveness: { guestAgentPing: true },
            },
            watchdog: { action: 'reset' },
          },
        },
      )
    ).body;
    expect(errors).toBeUndefined();
    const { body: begun } = await virtgate.rest(
      'GET',
      `/operations/${data.createVirtualMachine.operation.id}`,
    );
    expect((await virtgate.settled(begun)).state).toBe('SUCCEEDED');
    expect(await template('probed')).toMatchObject({
      readinessProbe: { httpGet: { port: 80, path: '/healthz', scheme: 'HTTP' }, periodSeconds: 5 },
      livenessProbe: { guestAgentPing: {}, failureThreshold: 3 },
      domain: { devices: { watchdog: { name: 'watchdog', i6300esb: { action: 'reset' } } } },
    });
    await done('PATCH', '/projects/demo/vms/probed', {
      probes: { readiness: { tcp: { port: 22 } }, liveness: null },
      watchdog: null,
    });
    const after = await template('probed');
    expect(after.readinessProbe).toMatchObject({ tcpSocket: { port: 22 }, periodSeconds: 10 });
    expect(after.readinessProbe.httpGet).toBeUndefined();
    expect([after.livenessProbe, after.domain.devices.watchdog]).toEqual([undefined, undefined]);
    const wrong = await virtgate.rest('PATCH', '/projects/demo/vms/probed', { probes: { liveness: {} } });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/probes/liveness']);
    // The cluster refuses by itself what KubeVirt refuses.
    const both = { readinessProbe: { tcpSocket: { port: 1 }, httpGet: { port: 1 } } };
    const patch = { spec: { template: { spec: both } } };
    const refused = await cluster.call('PATCH', `${machines}/probed`, patch, 'application/merge-patch+json');
    expect(refused.message).toContain('readinessProbe must have exactly one probe type set');
  }, 120_000);

  it("keeps a project's SSH keys under names, over both doors", async () => {
    const keys = '/projects/demo/ssh-keys';
    const ada = { name: 'ada', publicKey: publicKey(1) };
    const trial = await virtgate.rest('POST', `${keys}?dryRun=true`, ada);
    expect([trial.status, (await virtgate.rest('GET', keys)).body.total]).toEqual([201, 0]);
    const made = await virtgate.rest('POST', keys, ada);
    expect([made.status, made.headers.get('location')]).toEqual([201, `/api/v1${keys}/ada`]);
    expect(made.body).toMatchObject({
      ...ada,
      project: 'demo',
      type: 'ssh-ed25519',
      comment: 'key-1@example',
      fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      automatic: false,
      usedBy: [],
    });
    const twin = await virtgate.rest('POST', keys, { ...ada, name: 'again' });
    expect([twin.status, twin.body.code, twin.body.detail]).toEqual([
      409,
      'ssh_key.exists',
      expect.stringContaining('"ada"'),
    ]);
    const bad = await virtgate.rest('POST', keys, {
      name: 'bad',
      publicKey: '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary',
    });
    expect([bad.status, bad.body.errors[0].pointer]).toEqual([400, '/publicKey']);
    expect(JSON.stringify(bad.body)).not.toContain('canary');

    const { createSshKey } = await virtgate.graphql(
      'mutation ($input: CreateSshKeyInput!) { createSshKey(input: $input) { sshKey { id name etag } } }',
      { input: { project: 'demo', name: 'bob', publicKey: publicKey(2) } },
    );
    const { project, node } = await virtgate.graphql(
      `query ($id: ID!) {
         project(name: "demo") { sshKeys(first: 1) { totalCount nodes { name usedBy } } sshKey(name: "bob") { fingerprint } }
         node(id: $id) { __typename }
       }`,
      { id: createSshKey.sshKey.id },
    );
    expect(project.sshKeys).toEqual({ totalCount: 2, nodes: [{ name: 'ada', usedBy: [] }] });
    expect([node.__typename, project.sshKey.fingerprint]).toEqual(['ProjectSshKey', expect.any(String)]);
    const match = { 'if-match': createSshKey.sshKey.etag };
    const changed = await virtgate.rest('PATCH', `${keys}/bob`, { automatic: true }, match);
    expect([changed.status, changed.body.automatic]).toEqual([200, true]);
    expect((await virtgate.rest('PATCH', `${keys}/bob`, { automatic: false }, match)).status).toBe(412);
    const audit = await virtgate.rest('GET', '/audit?action=ssh-key.create&limit=10');
    expect(audit.body.items.map(({ target }: Json) => target.name).sort()).toEqual(['ada', 'bob']);

    // Machines take them by their names as they are made; those that name none take the automatic ones.
    const create = (name: string, more: Json) =>
      done('POST', '/projects/demo/vms', { name, ...small, start: false, ...more });
    await create('plain', {});
    await create('by-default', { userData: '#cloud-config\n{}\n' });
    await create('by-name', { sshKeys: ['ada', publicKey(3)] });
    const { items: secrets } = await cluster.call('GET', '/api/v1/secrets');
    const userData = (machine: string): string => {
      const named = (one: Json) => one.metadata.name.startsWith(`${machine}-cloudinit-`);
      return Buffer.from(secrets.find(named)?.data.userdata ?? '', 'base64').toString();
    };
    expect(['plain', 'by-default', 'by-name'].map((name) => userData(name).match(/key-\d/g))).toEqual([
      null,
      ['key-2'],
      ['key-1', 'key-3'],
    ]);
    const none = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'none',
      ...small,
      sshKeys: [publicKey(3), 'nobody'],
    });
    expect([none.status, none.body.errors[0].pointer]).toEqual([400, '/sshKeys/1']);
    await create('by-agent', { sshAccess: { user: 'root' } });
    const byAgent = '/projects/demo/vms/by-agent/ssh-keys';
    await until('its agent brings in the automatic one', async () => {
      const { user, keys: has } = (await virtgate.rest('GET', byAgent)).body;
      return user === 'root' && has.map(({ name }: Json) => name).join() === 'bob';
    });
    const answers = '<unattend>canary</unattend>';
    const trialOf = await virtgate.graphql(
      'mutation ($input: CreateVirtualMachineInput!) { createVirtualMachine(input: $input) { preview { manifests } } }',
      { input: { project: 'demo', name: 'win', ...small, sysprep: { unattend: answers }, dryRun: true } },
    );
    const shownOf = JSON.stringify(trialOf.createVirtualMachine.preview.manifests);
    expect([shownOf.includes('win-sysprep-'), shownOf.includes('canary')]).toEqual([true, false]);
    expect(shownOf).not.toContain(Buffer.from(answers).toString('base64'));

    const unknown = await virtgate.rest('PUT', '/projects/demo/vms/probed/ssh-keys', {
      user: 'root',
      keys: [publicKey(3), 'nobody'],
    });
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([400, '/keys/1']);
    await done('PUT', '/projects/demo/vms/probed/ssh-keys', { user: 'root', keys: [publicKey(3), 'ada'] });
    const usedBy = async () => (await virtgate.rest('GET', `${keys}/ada`)).body.usedBy;
    await until('the machine uses it', async () => (await usedBy()).length > 0);
    const shown = (await virtgate.rest('GET', '/projects/demo/vms/probed/ssh-keys')).body;
    expect(shown.keys.map(({ name, comment }: Json) => [name, comment])).toEqual([
      [null, 'key-3@example'],
      ['ada', 'key-1@example'],
    ]);
    const used = await virtgate.rest('DELETE', `${keys}/ada`);
    expect([used.status, used.body.code, used.body.detail]).toEqual([
      409,
      'ssh_key.in_use',
      expect.stringContaining('"probed"'),
    ]);
    await done('PUT', '/projects/demo/vms/probed/ssh-keys', { user: 'root', keys: [publicKey(3)] });
    await until('nothing uses it', async () => (await usedBy()).length === 0);
    expect((await virtgate.rest('DELETE', `${keys}/ada`)).status).toBe(204);
    expect((await virtgate.rest('GET', `${keys}/ada`)).body.code).toBe('ssh_key.not_found');
  }, 120_000);

  it('shows firmware, TPM and boot order, and what of a change waits for a restart, over both doors', async () => {
    const answer = async (name: string): Promise<Json> =>
      (await virtgate.rest('GET', `/projects/demo/vms/${name}`)).body;
    await done('POST', '/projects/demo/vms', {
      name: 'board',
      ...small,
      networks: [{ network: 'pod', bootOrder: 1 }],
      firmware: { uefi: true, secureBoot: true },
      tpm: true,
    });
    await until('it runs', async () => (await answer('board')).state === 'Running');
    expect(await answer('board')).toMatchObject({
      firmware: { uefi: true, secureBoot: true },
      tpm: true,
      disks: [{ name: 'root', bootOrder: 2 }],
      interfaces: [{ name: 'default', bootOrder: 1 }],
      pendingChanges: [],
    });

    const change = {
      firmware: { secureBoot: false },
      tpm: false,
      bootOrder: [{ disk: 'root' }],
    };
    const update = async (dryRun: boolean): Promise<Json> => {
      const { data, errors } = (
        await virtgate.graphqlAnswer(
          `mutation ($input: UpdateVirtualMachineInput!) {
            updateVirtualMachine(input: $input) {
              operation { id } preview { changes { field from to applies } manifests }
            }
          }`,
          { input: { project: 'demo', name: 'board', ...change, dryRun } },
        )
      ).body;
      expect(errors).toBeUndefined();
      return data.updateVirtualMachine;
    };
    const { preview } = await update(true);
    expect(preview.changes).toEqual([
      { field: 'firmware', from: 'uefi, secureBoot', to: 'uefi', applies: 'restart' },
      { field: 'tpm', from: 'true', to: 'false', applies: 'restart' },
      { field: 'bootOrder', from: 'default, root', to: 'root', applies: 'restart' },
    ]);
    const would = preview.manifests[0].spec.template.spec.domain.devices;
    expect([would.disks[0].bootOrder, would.interfaces[0].bootOrder]).toEqual([1, undefined]);
    const { operation } = await update(false);
    const begun = (await virtgate.rest('GET', `/operations/${operation.id}`)).body;
    expect(await virtgate.settled(begun)).toMatchObject({
      state: 'SUCCEEDED',
      result: { restartRequired: true },
    });
    await until('the change is seen', async () => (await answer('board')).pendingChanges.length === 3);
    const { data } = (
      await virtgate.graphqlAnswer(
        `query { project(name: "demo") { virtualMachine(name: "board") {
          firmware { uefi secureBoot } tpm restartRequired interfaces { bootOrder }
          pendingChanges { field from to applies }
        } } }`,
      )
    ).body;
    expect(data.project.virtualMachine).toEqual({
      // The guest runs on with what it has.
      firmware: { uefi: true, secureBoot: true },
      tpm: true,
      restartRequired: true,
      interfaces: [{ bootOrder: null }],
      pendingChanges: [
        { field: 'firmware', from: 'uefi, secureBoot', to: 'uefi', applies: 'restart' },
        { field: 'tpm', from: 'true', to: 'false', applies: 'restart' },
        { field: 'bootOrder', from: 'default, root', to: 'root', applies: 'restart' },
      ],
    });
    await done('POST', '/projects/demo/vms/board/restart', { force: true });
    await until('nothing is pending', async () => {
      const { pendingChanges, firmware, tpm } = await answer('board');
      return pendingChanges.length === 0 && firmware.secureBoot === false && tpm === false;
    });

    // What this preference wants kept lies on a claim of the machine, which is no disk of anybody.
    await done('POST', '/projects/demo/vms', {
      name: 'keeper',
      ...small,
      cpus: 2,
      memory: '4Gi',
      preference: 'windows.11',
    });
    await until('it runs', async () => (await answer('keeper')).state === 'Running');
    expect(await answer('keeper')).toMatchObject({ firmware: { uefi: true, secureBoot: true }, tpm: true });
    const claims = machines
      .replace('/apis/kubevirt.io/v1', '/api/v1')
      .replace(/[^/]+$/, 'persistentvolumeclaims');
    const kept = async () =>
      (await cluster.call('GET', `${claims}?labelSelector=persistent-state-for%3Dkeeper`)).items;
    expect(await kept()).toHaveLength(1);
    expect(JSON.stringify((await virtgate.rest('GET', '/projects/demo/disks')).body)).not.toContain(
      'persistent-state',
    );
    await done('DELETE', '/projects/demo/vms/keeper?disks=delete', {});
    await until('what it kept is gone', async () => (await kept()).length === 0);

    const preferred = { ...small, start: false, preference: 'linux.efi' };
    await done('POST', '/projects/demo/vms', { name: 'preferred', ...preferred });
    expect(await answer('preferred')).toMatchObject({
      firmware: { uefi: true, secureBoot: false },
      tpm: false,
    });
    await done('PATCH', '/projects/demo/vms/preferred', { firmware: { uefi: false } });
    const firmwareOf = async () => (await answer('preferred')).firmware;
    await until('it is BIOS', async () => (await firmwareOf()).uefi === false);
    await done('PATCH', '/projects/demo/vms/preferred', { firmware: null });
    await until("it is the preference's", async () => (await firmwareOf()).uefi === true);
    const wrong = await virtgate.rest('PATCH', '/projects/demo/vms/preferred', {
      firmware: { uefi: false, secureBoot: true },
      bootOrder: [{ disk: 'other' }],
    });
    expect([wrong.status, wrong.body.errors.map(({ pointer }: Json) => pointer)]).toEqual([
      400,
      ['/firmware/secureBoot', '/bootOrder/0'],
    ]);
  }, 180_000);
});
