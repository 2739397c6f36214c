import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { describeWith } from '../support/machines.js';
import { OciRegistry } from '../support/oci-registry.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

const IMAGES = '/projects/demo/images';
const VMS = '/projects/demo/vms';

describeWith(['qemu-img'], 'the life of an image', () => {
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  let registry: OciRegistry;
  let directory: string;
  /** Of another project of the same tenant, and of another tenant. */
  let colleague: string;
  let stranger: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'virtgate-image-life-'));
    registry = await OciRegistry.start();
    virtgate = await Virtgate.start({
      env: { IMPORT_ALLOWED_HOSTS: registry.host, SANDBOX_DRIVER: 'simulated' },
    });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    stranger = await virtgate.strangerToken();
    const made = async (path: string, body: object): Promise<Json> => {
      const answer = await virtgate.rest('POST', path, body);
      expect([path, answer.status]).toEqual([path, 201]);
      return answer.body;
    };
    await made('/tenants/demo/projects', { name: 'colleagues' });
    const bindings = [{ role: 'admin', project: 'colleagues' }];
    await made('/tenants/demo/service-accounts', { name: 'colleague', bindings });
    const token = { name: 'ci', expiresIn: '1h' };
    colleague = (await made('/tenants/demo/service-accounts/colleague/tokens', token)).token;
  }, 300_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
    await registry?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const as = (token: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    virtgate.rest(method, path, body, { authorization: `Bearer ${token}` });
  const settled = async (answer: Answer): Promise<Json> => {
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([202, undefined, undefined]);
    return virtgate.settled(answer.body);
  };
  const done = async (
    method: string,
    path: string,
    body?: unknown,
    token = virtgate.token,
  ): Promise<Json> => {
    const operation = await settled(await as(token, method, path, body));
    expect([path, operation.state, operation.error]).toEqual([path, 'SUCCEEDED', null]);
    return operation;
  };
  const image = async (name: string): Promise<Json> => (await virtgate.rest('GET', `${IMAGES}/${name}`)).body;
  const machine = (name: string, of: string, more: object = {}) => ({
    name,
    cpus: 1,
    memory: '64Mi',
    bootDisk: { image: of },
    start: false,
    ...more,
  });
  /** A disk of 4 MiB with content of its own. */
  const diskFile = (name: string): string => {
    const file = join(directory, name);
    const raw = join(directory, `${name}.raw`);
    writeFileSync(raw, Buffer.concat([randomBytes(64 << 10), Buffer.alloc((4 << 20) - (64 << 10))]));
    execFileSync('qemu-img', ['convert', '-q', '-f', 'raw', '-O', 'qcow2', raw, file]);
    return file;
  };
  /** Names of what lies in the cluster for an image, in all namespaces. */
  const inCluster = async (of: string): Promise<string[]> => {
    const selector = `?labelSelector=${encodeURIComponent(`virtgate.io/image=${of}`)}`;
    const kinds = ['datasources', 'datavolumes', 'dataimportcrons'];
    const lists = await Promise.all(
      kinds.map((kind) => cluster.call('GET', `/apis/cdi.kubevirt.io/v1beta1/${kind}${selector}`)),
    );
    return lists.flatMap((list, index) =>
      list.items.map(({ metadata }: Json) => `${kinds[index]}/${metadata.namespace}/${metadata.name}`),
    );
  };

  it('takes its bytes by PUT, is shared with the tenant, and its machines outlive it', async () => {
    const created = await done('POST', IMAGES, { name: 'sent', source: { upload: true }, size: '8Mi' });
    const early = await virtgate.rest('POST', `${IMAGES}/sent/share`, { visibility: 'tenant' });
    expect([early.status, early.body.code]).toEqual([409, 'image.not_ready']);
    const put = await fetch(virtgate.url + created.result.upload, {
      method: 'PUT',
      headers: { authorization: `Bearer ${virtgate.token}`, 'content-type': 'application/octet-stream' },
      body: randomBytes(1 << 20),
    });
    const upload = await virtgate.settled(await put.json());
    expect([put.status, upload.state]).toEqual([202, 'SUCCEEDED']);
    await until('it is ready', async () => (await image('sent')).state === 'Ready');

    expect((await as(colleague, 'GET', `${IMAGES}/sent`)).status).toBe(404);
    const own = machine('of-sent', 'demo/sent');
    const refused = await as(colleague, 'POST', '/projects/colleagues/vms', own);
    expect([refused.status, refused.body.code]).toEqual([422, 'image.unknown']);
    const { shareImage } = await virtgate.graphql(
      'mutation { shareImage(input: { project: "demo", name: "sent", visibility: tenant }) { operation { id kind } image { name } } }',
    );
    expect((await virtgate.settled(shareImage.operation)).state).toBe('SUCCEEDED');
    expect((await as(colleague, 'GET', '/images')).body.items).toMatchObject([
      { reference: 'demo/sent', visibility: 'tenant', state: 'Ready' },
    ]);
    expect((await as(stranger, 'GET', '/images')).body.total).toBe(0);
    expect((await as(stranger, 'POST', '/projects/strangers/vms', own)).status).toBe(422);
    // Shared is not given away.
    for (const [method, path, body] of [
      ['POST', `${IMAGES}/sent/share`, { visibility: 'private' }],
      ['PATCH', `${IMAGES}/sent`, { displayName: 'Mine' }],
      ['DELETE', `${IMAGES}/sent`, undefined],
    ] as const) {
      expect([method, (await as(colleague, method, path, body)).status]).toEqual([method, 404]);
    }
    const made = await done('POST', '/projects/colleagues/vms', { ...own, start: true }, colleague);
    expect(made.result.clone).toMatchObject({
      method: expect.stringMatching(/^(snapshot|csi-clone|copy)$/),
    });
    const { body: vm } = await as(colleague, 'GET', '/projects/colleagues/vms/of-sent');
    expect(vm.disks[0].clone).toEqual(made.result.clone);

    const preview = await virtgate.rest('DELETE', `${IMAGES}/sent?dryRun=true`);
    expect(preview.body.effect).toContain('Machines made of it stay');
    await done('DELETE', `${IMAGES}/sent`);
    expect((await virtgate.rest('GET', `${IMAGES}/sent`)).status).toBe(404);
    expect((await as(colleague, 'GET', '/images')).body.total).toBe(0);
    expect(await inCluster('sent')).toEqual([]);
    const { body: still } = await as(colleague, 'GET', '/projects/colleagues/vms/of-sent');
    expect(still.state).toBe('Running');
  }, 240_000);

  it('is kept up to date by its schedule, and old versions go', async () => {
    const source = await registry.push('containerdisks/rolling', 'latest', diskFile('one.qcow2'));
    const schedule = { cron: '0 3 1 1 *', retain: 1 };
    const bad = { ...schedule, cron: 'at dawn' };
    const wrong = await virtgate.rest('POST', IMAGES, {
      name: 'rolling',
      source: { registry: source },
      schedule: bad,
    });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/schedule/cron']);
    const body = {
      name: 'rolling',
      source: { registry: source },
      size: '8Mi',
      schedule,
      defaultInstanceType: 'u1.nano',
      defaultPreference: 'debian',
    };
    await done('POST', IMAGES, body);
    const first = await image('rolling');
    expect(first).toMatchObject({
      state: 'Ready',
      schedule: { ...schedule, enabled: true, lastImportAt: expect.any(String) },
    });
    const held = async (): Promise<string> => {
      const { metadata } = await inProject('rolling');
      const path = `/apis/cdi.kubevirt.io/v1beta1/namespaces/${metadata.namespace}/datasources/rolling`;
      return (await cluster.call('GET', path)).spec.source.pvc.name;
    };
    const inProject = async (name: string): Promise<Json> => {
      const list = await cluster.call('GET', '/apis/cdi.kubevirt.io/v1beta1/datasources');
      return list.items.find(({ metadata }: Json) => metadata.name === name);
    };
    const one = await held();
    // The defaults of the image are the machine's, where it says nothing else.
    await done('POST', VMS, { name: 'rolled', bootDisk: { image: 'rolling' }, start: false });
    expect((await virtgate.rest('GET', `${VMS}/rolled`)).body).toMatchObject({
      instanceType: 'u1.nano',
      preference: 'debian',
    });

    await registry.push('containerdisks/rolling', 'latest', diskFile('two.qcow2'));
    const stale = { 'if-match': '"not-it"' };
    const refused = await virtgate.rest('PATCH', `${IMAGES}/rolling`, { os: 'debian' }, stale);
    expect(refused.status).toBe(412);
    await done('PATCH', `${IMAGES}/rolling`, { schedule: { enabled: false } });
    expect(await image('rolling')).toMatchObject({ state: 'Ready', schedule: { enabled: false, retain: 1 } });
    expect(await inCluster('rolling')).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^dataimportcrons/)]),
    );
    expect(await held()).toBe(one);
    // A schedule that is turned on looks at once.
    const on = await virtgate.graphql(
      'mutation { updateImage(input: { project: "demo", name: "rolling", schedule: { enabled: true } }) { operation { id kind } } }',
    );
    expect((await virtgate.settled(on.updateImage.operation)).state).toBe('SUCCEEDED');
    await until('the second version is there', async () => (await held()) !== one);
    await until('the first has gone', async () => {
      const volumes = (await inCluster('rolling')).filter((name) => name.startsWith('datavolumes'));
      return volumes.length === 1 && volumes[0]?.endsWith(`/${await held()}`);
    });
    await done('POST', VMS, { name: 'rolled-2', bootDisk: { image: 'rolling' }, start: false });
    await done('DELETE', `${IMAGES}/rolling`);
    expect(await inCluster('rolling')).toEqual([]);
  }, 240_000);

  it('fails with a reason when its schedule finds nothing, and leaves nothing', async () => {
    const operation = await settled(
      await virtgate.rest('POST', IMAGES, {
        name: 'nowhere',
        source: { registry: `docker://${registry.host}/containerdisks/nowhere:1` },
        size: '8Mi',
        schedule: { cron: '0 3 1 1 *' },
      }),
    );
    expect([operation.state, operation.error?.code]).toEqual(['FAILED', 'import.source_unavailable']);
    expect(await inCluster('nowhere')).toEqual([]);
  }, 240_000);

  it('ends what waits for it when it is deleted', async () => {
    await done('POST', IMAGES, { name: 'never-sent', source: { upload: true }, size: '8Mi' });
    const waiting = await virtgate.rest('POST', VMS, machine('waiting', 'never-sent'));
    expect([waiting.status, waiting.body.warnings]).toEqual([202, [expect.stringContaining('not complete')]]);
    await until('the machine waits for its disk', async () => {
      const { body } = await virtgate.rest('GET', `/operations/${waiting.body.id}`);
      return body.steps.some(({ name, state }: Json) => name === 'import-disk' && state === 'RUNNING');
    });
    await done('DELETE', `${IMAGES}/never-sent`);
    const ended = await virtgate.settled(waiting.body);
    expect([ended.state, ended.error?.code]).toEqual(['FAILED', 'import.source_gone']);
    expect((await virtgate.rest('GET', `${VMS}/waiting`)).status).toBe(404);
  }, 240_000);

  it('is found by filters and in pages, over REST and GraphQL, and told apart by its ETag', async () => {
    const source = await registry.push('containerdisks/small', '1', diskFile('small.qcow2'));
    for (const name of ['a-1', 'a-2']) {
      await done('POST', IMAGES, { name, source: { registry: source }, size: '8Mi', os: 'debian' });
    }
    await done('POST', IMAGES, { name: 'a-3', source: { upload: true }, size: '8Mi' });
    const names = async (query: string): Promise<Json> => {
      const { status, body } = await virtgate.rest('GET', `${IMAGES}?${query}`);
      return status === 200 ? body.items.map(({ name }: Json) => name) : status;
    };
    expect(await names('q=a-&sort=-name')).toEqual(['a-3', 'a-2', 'a-1']);
    expect(await names('state=WaitingForUpload')).toEqual(['a-3']);
    expect(await names('q=a-&state=Ready&visibility=private')).toEqual(['a-1', 'a-2']);
    expect(await names('visibility=public')).toEqual([]);
    expect(await names('state=Odd')).toBe(400);
    const first = (await virtgate.rest('GET', `${IMAGES}?limit=2&q=a-`)).body;
    expect([first.total, first.items.length]).toEqual([3, 2]);
    const cursor = encodeURIComponent(first.nextCursor);
    expect(await names(`limit=2&q=a-&cursor=${cursor}`)).toEqual(['a-3']);
    // A cursor is good for its own filter only.
    expect(await names(`limit=2&q=a&cursor=${cursor}`)).toBe(400);
    const { project } = await virtgate.graphql(
      `{ project(name: "demo") {
           images(q: "a-", state: Ready, orderBy: NAME_DESC, first: 1) {
             totalCount pageInfo { hasNextPage endCursor } nodes { name etag reference }
           }
         } }`,
    );
    expect(project.images).toMatchObject({ totalCount: 2, nodes: [{ name: 'a-2', reference: 'demo/a-2' }] });
    expect(project.images.pageInfo.hasNextPage).toBe(true);

    const read = await virtgate.rest('GET', `${IMAGES}/a-2`);
    const etag = read.headers.get('etag') ?? '';
    expect(project.images.nodes[0].etag).toBe(etag);
    const unchanged = await virtgate.rest('GET', `${IMAGES}/a-2`, undefined, { 'if-none-match': etag });
    expect(unchanged.status).toBe(304);
    await done('PATCH', `${IMAGES}/a-2`, { displayName: 'Second', os: null });
    expect(await image('a-2')).toMatchObject({ displayName: 'Second', os: null });
    const late = await virtgate.graphqlAnswer(
      'mutation ($etag: String!) { deleteImage(input: { project: "demo", name: "a-2", ifMatch: $etag }) { operation { id } } }',
      { etag },
    );
    expect(late.body.errors[0].extensions.code).toBe('request.precondition_failed');
    const taken = await virtgate.rest('POST', IMAGES, {
      name: 'a-1',
      source: { upload: true },
      size: '8Mi',
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'image.exists']);
  }, 240_000);
});
