import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { OciRegistry } from '../support/oci-registry.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

describeWith(['qemu-img'], 'the catalogue of images', () => {
  let virtgate: Virtgate;
  let registry: OciRegistry;
  let server: ImageServer;
  let directory: string;
  let containerDisk: string;
  let stranger: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'virtgate-images-'));
    const image = join(directory, 'disk.img');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '64M']);
    registry = await OciRegistry.start();
    containerDisk = await registry.push('containerdisks/debian', '12', image);
    server = await ImageServer.start(image);
    virtgate = await Virtgate.start({
      env: { IMPORT_ALLOWED_HOSTS: `${registry.host},${server.host}`, SANDBOX_DRIVER: 'simulated' },
    });
    stranger = await virtgate.strangerToken();
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    await registry?.stop();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const begin = async (method: string, path: string, body?: unknown, token?: string): Promise<Json> => {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await virtgate.rest(method, path, body, headers);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([202, undefined, undefined]);
    return answer.body;
  };
  const done = async (method: string, path: string, body?: unknown, token?: string): Promise<Json> => {
    const settled = await virtgate.settled(await begin(method, path, body, token));
    expect([settled.state, settled.error]).toEqual(['SUCCEEDED', null]);
    return settled;
  };
  const image = async (name: string, project = 'demo'): Promise<Json> =>
    (await virtgate.rest('GET', `/projects/${project}/images/${name}`)).body;
  const asStranger = (method: string, path: string, body?: unknown): Promise<Answer> =>
    virtgate.rest(method, path, body, { authorization: `Bearer ${stranger}` });
  const machine = (name: string, bootDisk: object, more: object = {}) => ({
    name,
    cpus: 1,
    memory: '128Mi',
    bootDisk,
    start: false,
    ...more,
  });

  it('pulls a container disk from a registry, and a machine boots from a copy of it', async () => {
    const operation = await done('POST', '/projects/demo/images', {
      name: 'debian-12',
      displayName: 'Debian 12',
      source: { registry: containerDisk },
      size: '128Mi',
      os: 'debian',
      defaultInstanceType: 'u1.nano',
    });
    expect(operation.result).toMatchObject({ name: 'debian-12', project: 'demo' });
    expect(registry.pulls.some((pull) => /^GET .*\/blobs\/sha256:/.test(pull))).toBe(true);
    expect(await image('debian-12')).toMatchObject({
      displayName: 'Debian 12',
      state: 'Ready',
      visibility: 'private',
      reference: 'demo/debian-12',
      size: '128Mi',
      source: { type: 'registry', reference: containerDisk },
      defaultInstanceType: 'u1.nano',
    });
    const made = await done('POST', '/projects/demo/vms', {
      name: 'from-image',
      bootDisk: { image: 'debian-12' },
      start: false,
    });
    expect(made.result.clone).toMatchObject({ method: expect.any(String) });
    const vm = (await virtgate.rest('GET', '/projects/demo/vms/from-image')).body;
    expect(vm).toMatchObject({ instanceType: 'u1.nano', state: 'Stopped' });
    expect(vm.disks[0]).toMatchObject({ size: '128Mi', state: 'Succeeded' });
  }, 240_000);

  it('boots machines from a container disk and from a copy of a disk', async () => {
    await done(
      'POST',
      '/projects/demo/vms',
      machine('from-registry', { registry: containerDisk, size: '128Mi' }),
    );
    const disk = { disk: 'from-registry-root' };
    const operation = await done('POST', '/projects/demo/vms', machine('from-disk', disk));
    expect(operation.result.clone.method).toMatch(/^(snapshot|csi-clone|copy)$/);
    const small = await virtgate.rest(
      'POST',
      '/projects/demo/vms',
      machine('too-small', { ...disk, size: '2Mi' }),
    );
    expect([small.status, small.body.errors?.[0]?.code]).toEqual([400, 'boot_disk.too_small']);
  }, 240_000);

  it('imports from an address, and makes an image of a disk', async () => {
    const source = { url: `${server.origin}/image.img` };
    await done('POST', '/projects/demo/images', { name: 'by-url', source, size: '128Mi' });
    await done('POST', '/projects/demo/images', {
      name: 'of-a-disk',
      source: { disk: 'from-registry-root' },
    });
    const { body } = await virtgate.rest('GET', '/projects/demo/images?q=of-a');
    expect(body).toMatchObject({ total: 1, items: [{ name: 'of-a-disk', state: 'Ready', size: '128Mi' }] });
  }, 240_000);

  it('waits for what is to be uploaded', async () => {
    const source = { upload: true };
    const operation = await done('POST', '/projects/demo/images', { name: 'sent', source, size: '64Mi' });
    expect(operation.result.upload).toBe('/api/v1/projects/demo/disks/image-sent/content');
    expect(await image('sent')).toMatchObject({ state: 'WaitingForUpload' });
    // What an image lies in is the catalogue's: among disks it is neither seen nor touched, but its name is taken.
    const disk = '/projects/demo/disks/image-sent';
    const { body } = await virtgate.rest('GET', '/projects/demo/disks?limit=200');
    expect(body.items.filter(({ name }: Json) => name.startsWith('image-'))).toEqual([]);
    expect((await virtgate.rest('GET', disk)).status).toBe(404);
    expect((await virtgate.rest('PATCH', disk, { size: '128Mi' })).status).toBe(404);
    expect((await virtgate.rest('DELETE', disk)).status).toBe(404);
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { disk(name: "image-sent") { name } disks(first: 200) { nodes { name } } } }',
    );
    expect(project.disk).toBeNull();
    expect(project.disks.nodes.filter(({ name }: Json) => name.startsWith('image-'))).toEqual([]);
    const blank = { name: 'image-sent', size: '64Mi', source: { blank: {} } };
    expect((await virtgate.rest('POST', '/projects/demo/disks', blank)).body.code).toBe('disk.exists');
    const sent = await fetch(`${virtgate.url}${operation.result.upload}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${virtgate.token}`, 'content-type': 'application/octet-stream' },
      body: Buffer.alloc(1 << 20, 7),
    });
    expect((await virtgate.settled(await sent.json())).state).toBe('SUCCEEDED');
    await until('the image is ready', async () => (await image('sent')).state === 'Ready');
    await done('DELETE', '/projects/demo/images/sent');
    expect((await virtgate.rest('GET', '/projects/demo/images/sent')).status).toBe(404);
  }, 240_000);

  it('shows and gives an image to others only when it is shared, and takes it back', async () => {
    const own = machine('foreign', { image: 'demo/debian-12' });
    const refused = await asStranger('POST', '/projects/strangers/vms', own);
    expect([refused.status, refused.body.code]).toEqual([422, 'image.unknown']);
    expect((await asStranger('GET', '/projects/demo/images/debian-12')).status).toBe(404);

    await done('POST', '/projects/demo/images/debian-12/share', { visibility: 'tenant' });
    expect((await image('debian-12')).visibility).toBe('tenant');
    expect((await asStranger('GET', '/images')).body.total).toBe(0);
    expect((await asStranger('POST', '/projects/strangers/vms', own)).status).toBe(422);
    expect((await virtgate.rest('GET', '/images')).body.items).toMatchObject([
      { name: 'debian-12', visibility: 'tenant', project: 'demo' },
    ]);

    await done('POST', '/projects/demo/images/debian-12/share', { visibility: 'public' });
    expect((await asStranger('GET', '/images')).body.items).toMatchObject([
      { reference: 'demo/debian-12', state: 'Ready' },
    ]);
    await done('POST', '/projects/strangers/vms', own, stranger);
    expect(
      (await asStranger('POST', '/projects/demo/images/debian-12/share', { visibility: 'private' })).status,
    ).toBe(404);

    await done('POST', '/projects/demo/images/debian-12/share', { visibility: 'private' });
    expect((await asStranger('GET', '/images')).body.total).toBe(0);
    expect((await image('debian-12')).visibility).toBe('private');
    const again = await asStranger('POST', '/projects/strangers/vms', { ...own, name: 'foreign-2' });
    expect(again.status).toBe(422);
    // What was made of it stays.
    expect((await asStranger('GET', '/projects/strangers/vms/foreign')).status).toBe(200);
  }, 240_000);

  it('leaves nothing of an import that fails', async () => {
    const bad = await begin('POST', '/projects/demo/images', {
      name: 'absent',
      source: { registry: `docker://${registry.host}/containerdisks/absent:1` },
      size: '64Mi',
    });
    const settled = await virtgate.settled(bad);
    expect([settled.state, settled.error?.code]).toEqual(['FAILED', expect.stringMatching(/^import\./)]);
    expect((await virtgate.rest('GET', '/projects/demo/images/absent')).status).toBe(404);
  }, 240_000);

  it.each([
    ['docker://user:pass@quay.io/a/b', 'import.registry_invalid'],
    ['docker://10.0.0.1:5000/a/b', 'import.url_forbidden'],
    ['docker://metadata.internal/a', 'import.url_forbidden'],
  ])('refuses %s', async (address, code) => {
    const body = { name: 'bad', source: { registry: address } };
    const answer = await virtgate.rest('POST', '/projects/demo/images', body);
    expect([answer.status, answer.body.code]).toEqual([422, code]);
  });

  it('does the same over GraphQL', async () => {
    const { createImage } = await virtgate.graphql(
      `mutation ($source: ImageSourceInput!) {
        createImage(input: { project: "demo", name: "gql", source: $source, size: "128Mi", visibility: tenant }) {
          operation { id kind }
        }
      }`,
      { source: { registry: containerDisk } },
    );
    const settled = await virtgate.settled(createImage.operation);
    expect([settled.state, settled.error]).toEqual(['SUCCEEDED', null]);
    const data = await virtgate.graphql(
      `{ images(q: "gql") { totalCount nodes { id name visibility state } }
         project(name: "demo") { image(name: "gql") { id uid visibility } images(first: 1) { totalCount } } }`,
    );
    expect(data.images).toMatchObject({
      totalCount: 1,
      nodes: [{ name: 'gql', visibility: 'tenant', state: 'Ready' }],
    });
    expect(data.project.image.visibility).toBe('tenant');
    const node = '{ node(id: "ID") { ... on Image { name } } }'.replace('ID', data.project.image.id);
    expect((await virtgate.graphql(node)).node).toEqual({ name: 'gql' });
    expect((await virtgate.graphql(node, {}, stranger)).node).toBeNull();
    const update = await virtgate.graphql(
      'mutation { updateImage(input: { project: "demo", name: "gql", displayName: "G", defaultInstanceType: "u1.nano" }) { operation { id } } }',
    );
    await virtgate.settled(update.updateImage.operation);
    expect((await virtgate.rest('GET', '/images?q=gql')).body.items).toMatchObject([
      { displayName: 'G', defaultInstanceType: 'u1.nano' },
    ]);
    const remove = await virtgate.graphql(
      'mutation { deleteImage(input: { project: "demo", name: "gql" }) { operation { id } } }',
    );
    expect((await virtgate.settled(remove.deleteImage.operation)).state).toBe('SUCCEEDED');
    await until('it is gone', async () => (await virtgate.rest('GET', '/images')).body.total === 0);
  }, 240_000);

  it('takes back what a project has shared when the project is deleted', async () => {
    await virtgate.rest('POST', '/tenants/demo/projects', { name: 'leaving' });
    const source = { registry: containerDisk };
    await done('POST', '/projects/leaving/images', {
      name: 'last',
      source,
      size: '128Mi',
      visibility: 'public',
    });
    const shared = async (): Promise<number> => (await asStranger('GET', '/images?q=last')).body.total;
    expect(await shared()).toBe(1);
    expect((await virtgate.rest('DELETE', '/projects/leaving')).status).toBe(202);
    await until(
      'the project is gone',
      async () => (await virtgate.rest('GET', '/projects/leaving')).status === 404,
    );
    await until('nobody sees the image any more', async () => (await shared()) === 0);
    const admin = ClusterAdmin.of(virtgate.kubeconfig);
    const left = async (): Promise<string[]> => {
      const volumes = '/apis/cdi.kubevirt.io/v1beta1/namespaces/vg-images/datavolumes';
      const { items } = await admin.call('GET', volumes);
      return items
        .map(({ metadata }: Json) => metadata.name)
        .filter((name: string) => name.endsWith('.last'));
    };
    await until('nothing of it is left', async () => (await left()).length === 0);
    admin.close();
  }, 240_000);
});
