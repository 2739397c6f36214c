import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import { CatalogContract } from '../../src/features/catalog/catalog.contract.js';
import { STORAGE_CLASS, STORAGE_PROFILE } from '../../src/platform/cluster/kinds.js';
import { type Json, Product, until } from './product.js';

describe('the catalogue', () => {
  let product: Product;
  let admin: string;

  beforeAll(async () => {
    product = await Product.start();
    admin = await product.app.get(Bootstrap, { strict: false }).ensureDemo(product);
  }, 60_000);

  afterAll(async () => {
    await product?.stop();
  }, 30_000);

  const get = (path: string, headers?: Record<string, string>) =>
    product.rest(admin, 'GET', path, undefined, headers);
  const code = ({ status, body }: { status: number; body: Json }) => [status, body?.code];

  it('lists instance types by pages, all of them once', async () => {
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/instance-types?limit=20${cursor}`);
      expect(body.total).toBe(65);
      names.push(...body.items.map(({ name }: Json) => name));
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : '';
    } while (cursor);
    expect(new Set(names).size).toBe(65);
    expect([...names].sort()).toEqual(names);
    const { body: found } = await get('/instance-types?q=U1.');
    expect(found.items.every(({ series }: Json) => series === 'u1')).toBe(true);
    expect(found.total).toBeGreaterThan(3);
  });

  it('shows one, with an entity tag', async () => {
    const medium = await get('/instance-types/u1.medium');
    expect(medium.body).toEqual({
      name: 'u1.medium',
      displayName: 'General Purpose',
      class: 'general.purpose',
      series: 'u1',
      size: 'medium',
      cpus: 1,
      memory: '4Gi',
      dedicatedCpus: false,
      hugePages: null,
      gpus: [],
    });
    const etag = medium.headers.get('etag') ?? '';
    expect((await get('/instance-types/u1.medium', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/instance-types/cx1.2xlarge')).body).toMatchObject({
      cpus: 8,
      memory: '16Gi',
      dedicatedCpus: true,
      hugePages: '2Mi',
    });
    expect(code(await get('/instance-types/u9.none'))).toEqual([404, 'resource.not_found']);
  });

  it('shows preferences', async () => {
    expect((await get('/preferences')).body.total).toBe(54);
    expect((await get('/preferences/centos.stream10')).body).toMatchObject({
      displayName: 'CentOS Stream 10',
      osType: 'linux',
      requiredCpus: 1,
      requiredMemory: '1536Mi',
      diskBus: 'virtio',
    });
    expect((await get('/preferences/windows.11')).body).toMatchObject({
      osType: 'windows',
      efi: true,
      tpm: true,
    });
  });

  it('joins storage classes with what CDI knows of them, and follows changes', async () => {
    const { body } = await get('/storage-classes');
    expect(body.items).toEqual([
      expect.objectContaining({
        name: 'sandbox-local',
        default: true,
        volumeMode: 'Block',
        liveMigratable: true,
        snapshots: true,
        cloneStrategy: 'snapshot',
        expandable: true,
        modes: [
          { accessMode: 'ReadWriteMany', volumeMode: 'Block' },
          { accessMode: 'ReadWriteOnce', volumeMode: 'Block' },
          { accessMode: 'ReadWriteMany', volumeMode: 'Filesystem' },
          { accessMode: 'ReadWriteOnce', volumeMode: 'Filesystem' },
        ],
      }),
      expect.objectContaining({
        name: 'sandbox-plain',
        default: false,
        modes: [{ accessMode: 'ReadWriteOnce', volumeMode: 'Filesystem' }],
        snapshots: false,
        cloneStrategy: 'copy',
        expandable: false,
        bindsOnFirstUse: true,
      }),
    ]);
    expect(body.items[0].accessModes).toContain('ReadWriteOnce');
    const metadata = {
      name: 'fast',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    };
    await product.cluster.create(STORAGE_CLASS, null, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata,
      provisioner: 'example.com/unheard-of',
    });
    const fast = async () => (await get('/storage-classes/fast')).body;
    await until('the new class is shown', async () => (await fast()).name === 'fast');
    // The one that is the default for machines goes first.
    expect(await fast()).toMatchObject({
      default: false,
      accessModes: [],
      volumeMode: null,
      liveMigratable: null,
    });
    const before = (await get('/storage-classes/sandbox-local')).headers.get('etag');
    const annotations = { 'storageclass.kubevirt.io/is-default-virt-class': null };
    await product.cluster.patch(STORAGE_CLASS, null, 'sandbox-local', {
      type: 'merge',
      body: { metadata: { annotations } },
    });
    // Both are plain defaults now: the newer is taken, as Kubernetes does.
    await until('the default has moved', async () => (await fast()).default);
    const after = await get('/storage-classes/sandbox-local');
    expect(after.body.default).toBe(false);
    expect(after.headers.get('etag')).not.toBe(before);
    expect(product.app.get(CatalogContract, { strict: false }).defaultStorageClass()?.name).toBe('fast');
    await product.cluster.delete(STORAGE_PROFILE, null, 'sandbox-local');
    await until('nothing is known of it any more', async () => {
      return (await get('/storage-classes/sandbox-local')).body.liveMigratable === null;
    });
  });

  it('tells other rooms what an unknown name may have meant', () => {
    const catalog = product.app.get(CatalogContract, { strict: false });
    expect(catalog.requireInstanceType('u1.medium', '/instanceType').memory).toBe('4Gi');
    expect(() => catalog.requireInstanceType('u1.medum', '/instanceType')).toThrow(
      expect.objectContaining({
        code: 'instance_type.unknown',
        hint: expect.stringContaining('u1.medium'),
        errors: [expect.objectContaining({ pointer: '/instanceType' })],
      }),
    );
    expect(() => catalog.requirePreference('solaris', '/preference')).toThrow(
      expect.objectContaining({ code: 'preference.unknown' }),
    );
    expect(() => catalog.requireStorageClass('slow', '/storageClass')).toThrow(
      expect.objectContaining({ code: 'storage_class.unknown' }),
    );
  });

  it('answers GraphQL alike', async () => {
    const { data, errors } = await product.graphql(
      admin,
      `{ instanceTypes(first: 2, q: "u1") { totalCount nodes { name cpus memory } pageInfo { hasNextPage endCursor } }
         instanceType(name: "u1.medium") { name class series size cpus memory dedicatedCpus hugePages gpus }
         preference(name: "windows.11") { osType efi secureBoot tpm requiredMemory }
         storageClasses { nodes { name default accessModes volumeMode liveMigratable snapshots cloneStrategy } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.instanceTypes.nodes).toHaveLength(2);
    expect(data.instanceTypes.pageInfo.hasNextPage).toBe(true);
    expect(data.instanceType).toMatchObject({ class: 'general.purpose', memory: '4Gi', gpus: [] });
    expect(data.storageClasses.nodes.map(({ name }: Json) => name)).toEqual([
      'fast',
      'sandbox-local',
      'sandbox-plain',
    ]);
    const missing = await product.graphql(admin, '{ preference(name: "none") { name } }');
    expect(missing.errors[0].extensions.code).toBe('resource.not_found');
  });
});
