import { parse } from 'yaml';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const SNAPSHOT_CLASSES = '/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses';
const KEY = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString('base64')} ada@example`;
const CANARY = 'canary-b2c7';

describe('clones', () => {
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  /** Tokens by what they may do. */
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const made = async (path: string, body: object): Promise<Json> => {
      const answer = await virtgate.rest('POST', path, body);
      expect([path, answer.status]).toEqual([path, 201]);
      return answer.body;
    };
    tokens.stranger = await virtgate.strangerToken();
    await made('/tenants/demo/projects', { name: 'second' });
    for (const [name, role] of [
      ['both', 'editor'],
      ['viewer', 'viewer'],
      ['one', null],
    ] as const) {
      const bindings = [
        { role: 'editor', project: 'demo' },
        ...(role === null ? [] : [{ role, project: 'second' }]),
      ];
      await made('/tenants/demo/service-accounts', { name, bindings });
      const path = `/tenants/demo/service-accounts/${name}/tokens`;
      tokens[name] = (await made(path, { name: 'ci', expiresIn: '1h' })).token;
    }
  }, 300_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
  }, 60_000);

  const as = (who: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    virtgate.rest(method, path, body, tokens[who] ? { authorization: `Bearer ${tokens[who]}` } : {});
  const done = async (who: string, method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await as(who, method, path, body);
    expect([path, answer.status, answer.body.code]).toEqual([path, 202, undefined]);
    const operation = await virtgate.settled(answer.body);
    expect([path, operation.state, operation.error]).toEqual([path, 'SUCCEEDED', null]);
    return operation;
  };
  const get = async (path: string): Promise<Json> => (await virtgate.rest('GET', path)).body;
  const namespaceOf = async (project: string): Promise<string> => {
    const { items } = await cluster.call('GET', '/api/v1/namespaces');
    const found = items.find(({ metadata }: Json) => metadata.labels?.['virtgate.io/project'] === project);
    return found.metadata.name;
  };
  /** The VirtualMachine as the cluster has it. */
  const inCluster = async (project: string, name: string): Promise<Json> =>
    cluster.call(
      'GET',
      `/apis/kubevirt.io/v1/namespaces/${await namespaceOf(project)}/virtualmachines/${name}`,
    );
  const metaData = ({ spec }: Json): Json => ({
    uuid: spec.template.spec.domain.firmware?.uuid,
    macs: spec.template.spec.domain.devices.interfaces.map(({ macAddress }: Json) => macAddress),
    hostname: spec.template.spec.hostname,
  });

  it('have an identity of their own, or the parts of it that are to be kept', async () => {
    await done('admin', 'POST', '/projects/demo/vms', {
      name: 'origin',
      displayName: 'The first',
      labels: { app: 'web' },
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '16Mi' },
      userData: `#cloud-config\npassword: ${CANARY}\n`,
      sshKeys: [KEY],
      deleteProtection: true,
    });
    const { result } = await done('both', 'POST', '/projects/demo/vms/origin/clone', { name: 'twin' });
    expect(result).toMatchObject({ name: 'twin', method: 'snapshot', fallbackReason: null, warnings: [] });
    const twin = await inCluster('demo', 'twin');
    expect(twin.metadata.labels).toEqual({ app: 'web' });
    expect(await get('/projects/demo/vms/twin')).toMatchObject({
      displayName: null,
      deleteProtection: false,
      state: 'Stopped',
      createdBy: { name: 'both' },
    });
    // Written with colons again, whatever KubeVirt's patches bear.
    expect(metaData(twin)).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      macs: [expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/)],
      hostname: 'twin',
    });

    const { cloneVirtualMachine } = await virtgate.graphql(
      `mutation { cloneVirtualMachine(input: {
         project: "demo", virtualMachine: "origin", name: "likeness", hostname: "origin",
         newMacAddresses: false, newFirmwareUuid: false
       }) { operation { id kind } } }`,
    );
    const settled = await virtgate.settled(cloneVirtualMachine.operation);
    expect([settled.state, settled.error, settled.kind]).toEqual(['SUCCEEDED', null, 'vm.clone']);
    const live = await cluster.call(
      'GET',
      `/apis/kubevirt.io/v1/namespaces/${await namespaceOf('demo')}/virtualmachineinstances/origin`,
    );
    const likeness = metaData(await inCluster('demo', 'likeness'));
    expect(likeness).toMatchObject({ uuid: live.spec.domain.firmware.uuid, hostname: 'origin' });
    expect(likeness.uuid).not.toBe(metaData(twin).uuid);
    // No snapshot and no clone object stays behind.
    for (const kind of [
      'snapshot.kubevirt.io/v1beta1/virtualmachinesnapshots',
      'clone.kubevirt.io/v1beta1/virtualmachineclones',
    ]) {
      await until(
        `no ${kind} is left`,
        async () => (await cluster.call('GET', `/apis/${kind}`)).items.length === 0,
      );
    }
  }, 240_000);

  it('are refused for what the caller may not use, and tell nothing', async () => {
    const clone = (who: string, body: object, vm = 'origin') =>
      as(who, 'POST', `/projects/demo/vms/${vm}/clone`, body);
    const answers = await Promise.all([
      clone('stranger', { name: 'mine' }),
      clone('stranger', { name: 'mine', project: 'strangers' }),
      clone('one', { name: 'mine', project: 'second' }),
      clone('one', { name: 'mine', project: 'strangers' }),
      clone('one', { name: 'mine', project: 'no-such' }),
      clone('viewer', { name: 'mine', project: 'second' }),
      clone('both', { name: 'twin' }),
      clone('both', { name: 'Odd Name' }),
      clone('both', { name: 'mine' }, 'no-such'),
    ]);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [404, expect.any(String)],
      [404, expect.any(String)],
      [404, 'clone.project_not_found'],
      [404, 'clone.project_not_found'],
      [404, 'clone.project_not_found'],
      [403, 'auth.forbidden'],
      [409, 'clone.name_taken'],
      [400, 'request.invalid'],
      [404, 'vm.not_found'],
    ]);
    // Another tenant's project answers as one that does not exist.
    const shape = ({ body: { requestId, ...rest } }: Answer) =>
      JSON.stringify(rest).replace(/strangers|no-such/g, '?');
    expect(shape(answers[3] as Answer)).toBe(shape(answers[4] as Answer));
    expect(shape(answers[0] as Answer)).not.toContain('origin');
  }, 60_000);

  it('go to another project with their disks, and nothing else of the first', async () => {
    const path = '/projects/demo/vms/origin/clone';
    const body = { name: 'abroad', project: 'second' };
    const running = await as('both', 'POST', path, body);
    expect([running.status, running.body.code]).toEqual([409, 'clone.source_running']);
    await done('both', 'POST', '/projects/demo/vms/origin/stop', { force: true });
    const preview = await as('both', 'POST', `${path}?dryRun=true`, body);
    expect([preview.status, preview.body.warnings]).toEqual([
      200,
      [expect.stringContaining('one namespace'), expect.stringContaining('do not go along')],
    ]);
    const operation = await done('both', 'POST', path, { ...body, start: true });
    expect(operation).toMatchObject({
      target: { project: 'second', name: 'abroad' },
      result: {
        project: 'second',
        source: { project: 'demo', name: 'origin' },
        method: 'disks',
        fallbackReason: expect.stringContaining('namespace'),
      },
    });
    const machine = await inCluster('second', 'abroad');
    const namespace = await namespaceOf('second');
    const secrets = await cluster.call('GET', `/api/v1/namespaces/${namespace}/secrets`);
    const source = await namespaceOf('demo');
    for (const text of [JSON.stringify(machine), JSON.stringify(secrets)]) {
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 12));
      expect(text).not.toContain(KEY.split(' ')[1]);
      expect(text).not.toContain('origin-');
      expect(text).not.toContain(source);
    }
    const { body: view } = await as('viewer', 'GET', '/projects/second/vms/abroad');
    expect(view).toMatchObject({ state: 'Running', disks: [{ claim: 'abroad-root', state: 'Succeeded' }] });
    expect((await as('one', 'GET', '/projects/second/vms/abroad')).status).toBe(404);
    // Nor does the clone depend on its original.
    await virtgate
      .rest('PATCH', '/projects/demo/vms/origin', { deleteProtection: false })
      .then(async ({ body: one }) => {
        expect((await virtgate.settled(one)).state).toBe('SUCCEEDED');
      });
    await done('both', 'DELETE', '/projects/demo/vms/origin');
    await done('both', 'POST', '/projects/second/vms/abroad/restart', { force: true });
  }, 240_000);

  it('copy the disks one by one where the storage cannot snapshot, and say why', async () => {
    const { items } = await cluster.call('GET', SNAPSHOT_CLASSES);
    for (const { metadata } of items) await cluster.call('DELETE', `${SNAPSHOT_CLASSES}/${metadata.name}`);
    await done('admin', 'POST', '/projects/demo/vms', {
      name: 'plain',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '16Mi' },
      start: false,
    });
    const { result, warnings } = await done('both', 'POST', '/projects/demo/vms/plain/clone', {
      name: 'copied',
    });
    expect(result).toMatchObject({
      method: 'disks',
      fallbackReason: expect.stringContaining('No VolumeSnapshotClass'),
    });
    expect(warnings).toEqual([expect.stringContaining('No VolumeSnapshotClass')]);
    const { body: yaml } = await virtgate.rest('GET', '/projects/demo/vms/copied/manifest');
    expect(parse(yaml).metadata.name).toBe('copied');
    const unknown = await as('both', 'POST', '/projects/demo/vms/plain/clone', {
      name: 'kept',
      newFirmwareUuid: false,
    });
    expect([unknown.status, unknown.body.code]).toEqual([409, 'clone.firmware_uuid_unknown']);
    await done('admin', 'POST', '/projects/demo/vms/copied/start', {});
    expect(await get('/projects/demo/vms/copied')).toMatchObject({ state: 'Running' });
  }, 240_000);
});
