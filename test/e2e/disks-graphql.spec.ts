import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { OciRegistry } from '../support/oci-registry.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const PAYLOAD = `operation { id kind state } preview { manifests warnings effect }`;
const DISK = `id uid name displayName project state size source storageClass accessModes volumeMode
  bindsOnFirstUse expandable attachedTo { machine volume running } labels createdAt createdBy { name } etag`;

describeWith(['qemu-img'], 'disks over GraphQL', () => {
  let virtgate: Virtgate;
  let server: ImageServer;
  let registry: OciRegistry;
  let containerDisk: string;
  let directory: string;
  let stranger: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'virtgate-disks-'));
    const image = join(directory, 'disk.img');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '8M']);
    server = await ImageServer.start(image);
    registry = await OciRegistry.start();
    containerDisk = await registry.push('containerdisks/small', '1', image);
    virtgate = await Virtgate.start({
      env: { IMPORT_ALLOWED_HOSTS: `${registry.host},${server.host}`, SANDBOX_DRIVER: 'simulated' },
    });
    stranger = await virtgate.strangerToken();
  }, 180_000);

  afterAll(async () => {
    await virtgate?.stop();
    await registry?.stop();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const mutate = async (mutation: string, input: object, fields: string = PAYLOAD): Promise<Json> => {
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`;
    return (await virtgate.graphql(query, { input: { project: 'demo', ...input } }))[mutation];
  };
  const refused = async (mutation: string, input: object): Promise<Json> => {
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { operation { id } } }`;
    const { body } = await virtgate.graphqlAnswer(query, { input: { project: 'demo', ...input } });
    expect(body.data ?? null).toBeNull();
    return body.errors[0];
  };
  const done = async (mutation: string, input: object): Promise<Json> => {
    const { operation } = await mutate(mutation, input);
    const settled = await virtgate.settled(operation);
    expect([settled.kind, settled.state, settled.error]).toEqual([operation.kind, 'SUCCEEDED', null]);
    return settled;
  };
  const create = (name: string, source: object, more: object = {}) =>
    done('createDisk', { name, source, ...more });
  const disk = async (name: string): Promise<Json> => {
    const query = `query ($name: String!) { project(name: "demo") { disk(name: $name) { ${DISK} } } }`;
    return (await virtgate.graphql(query, { name })).project.disk;
  };

  it('are made from every source, and tell what they were made from', async () => {
    await Promise.all([
      create('blank-1', { blank: true }, { size: '16Mi', displayName: 'Spare', labels: { app: 'web' } }),
      create('url-1', { url: `${server.origin}/image.img` }, { size: '16Mi' }),
      create('registry-1', { registry: containerDisk }, { size: '16Mi' }),
      create('upload-1', { upload: true }, { size: '16Mi' }),
    ]);
    await create('copy-1', { disk: 'url-1' });
    const image = `mutation { createImage(input: { project: "demo", name: "small", source: { disk: "url-1" } }) { operation { id kind } } }`;
    const { createImage } = await virtgate.graphql(image);
    expect((await virtgate.settled(createImage.operation)).error).toBeNull();
    await create('image-1', { image: 'small' });
    expect(await disk('blank-1')).toMatchObject({
      displayName: 'Spare',
      project: 'demo',
      state: 'Ready',
      size: '16Mi',
      source: { blank: {} },
      labels: { app: 'web' },
      attachedTo: [],
    });
    expect(await disk('url-1')).toMatchObject({ source: { url: `${server.origin}/image.img` } });
    expect(await disk('registry-1')).toMatchObject({ source: { registry: containerDisk } });
    expect(await disk('upload-1')).toMatchObject({ state: 'UploadReady', source: { upload: {} } });
    expect(await disk('copy-1')).toMatchObject({ state: 'Ready', size: '16Mi', source: { disk: 'url-1' } });
    expect(await disk('image-1')).toMatchObject({ state: 'Ready', source: { image: 'small' } });
  }, 180_000);

  it('come from a snapshot, of which the disk is named where it has several', async () => {
    const body = { name: 'two-disks', cpus: 1, memory: '64Mi', start: false };
    const bootDisk = { blank: true, size: '16Mi' };
    await done('createVirtualMachine', { ...body, bootDisk });
    await create('second', { blank: true }, { size: '16Mi' });
    await done('attachDisk', { virtualMachine: 'two-disks', disk: 'second' });
    await done('createSnapshot', { virtualMachine: 'two-disks', name: 'both' });
    const many = await refused('createDisk', { name: 'from-snap', source: { snapshot: 'both' } });
    expect(many.extensions.code).toBe('disk.source_not_found');
    expect(many.message).toMatch(/several.*second/);
    await create('from-snap', { snapshot: 'both', volume: 'second' });
    expect(await disk('from-snap')).toMatchObject({
      state: 'Ready',
      size: '16Mi',
      source: { snapshot: 'both', volume: 'second' },
    });
  }, 180_000);

  it('are paged, filtered, ordered, and found by node', async () => {
    const query = `query ($first: Int, $after: String, $filter: DiskFilter, $orderBy: DiskOrder) {
      project(name: "demo") { disks(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
        totalCount pageInfo { hasNextPage endCursor } edges { cursor node { name } } nodes { id name state } } } }`;
    const page = async (variables: object): Promise<Json> =>
      (await virtgate.graphql(query, { ...variables })).project.disks;
    const made = ['blank-1', 'url-1', 'registry-1', 'upload-1', 'copy-1', 'image-1', 'second', 'from-snap'];
    const totals = new Set<number>();
    const names: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, edges, pageInfo, totalCount } = await page({ first: 3, after });
      totals.add(totalCount);
      expect(edges.map(({ node }: Json) => node.name)).toEqual(nodes.map(({ name }: Json) => name));
      names.push(...nodes.map(({ name }: Json) => name));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(names).toEqual([...names].sort());
    expect([...totals]).toEqual([new Set(names).size]);
    expect(names).toEqual(expect.arrayContaining(made));
    const found = async (filter: object) =>
      (await page({ filter })).nodes.map(({ name }: Json) => name).sort();
    expect(await found({ state: 'UploadReady' })).toEqual(['upload-1']);
    expect(await found({ q: 'SPARE' })).toEqual(['blank-1']);
    expect(await found({ labels: ['app=web'] })).toEqual(['blank-1']);
    expect(await found({ virtualMachine: 'two-disks' })).toHaveLength(2);
    expect(await found({ attached: false, q: 'sec' })).toEqual([]);
    expect(await found({ storageClass: 'none' })).toEqual([]);
    const backwards = await page({ orderBy: 'NAME_DESC' });
    expect(backwards.nodes.map(({ name }: Json) => name)).toEqual([...names].reverse());

    const { id, uid } = await disk('blank-1');
    const node = 'query ($id: ID!) { node(id: $id) { id ... on Disk { name uid } } }';
    expect((await virtgate.graphql(node, { id })).node).toEqual({ id, uid, name: 'blank-1' });
    const { body } = await virtgate.graphqlAnswer(node, { id }, stranger);
    expect(body.data.node).toBeNull();
    const theirs = '{ project(name: "demo") { disk(name: "blank-1") { name } } }';
    expect((await virtgate.graphqlAnswer(theirs, {}, stranger)).body.errors).toBeDefined();
  }, 60_000);

  it('say what would happen, and change nothing, in a dry run', async () => {
    const input = { name: 'dry', source: { blank: true }, size: '16Mi', dryRun: true };
    const { operation, preview } = await mutate('createDisk', input);
    expect(operation).toBeNull();
    expect(preview.manifests[0]).toMatchObject({ kind: 'DataVolume', metadata: { name: 'dry' } });
    expect(await disk('dry')).toBeNull();
    const kept = await mutate('deleteDisk', { name: 'blank-1', dryRun: true });
    expect(kept.preview.effect).toContain('blank-1');
    expect((await disk('blank-1')).state).toBe('Ready');
  });

  it('grow, go into a machine and out again, and are deleted', async () => {
    const before = await disk('blank-1');
    const stale = await refused('expandDisk', { name: 'blank-1', size: '32Mi', ifMatch: '"stale"' });
    expect(stale.extensions.code).toBe('request.precondition_failed');
    const { operation } = await mutate('expandDisk', {
      name: 'blank-1',
      size: '32Mi',
      ifMatch: before.etag,
    });
    const told = virtgate.subscribe(
      'subscription ($id: ID!) { operationChanged(id: $id) { state target { type name } } }',
      { id: operation.id },
    );
    await until('the subscription completes', () => told.at(-1) === 'complete', 60_000);
    const last = told.filter((event) => event.operationChanged).at(-1).operationChanged;
    expect(last).toEqual({ state: 'SUCCEEDED', target: { type: 'disk', name: 'blank-1' } });
    expect((await virtgate.settled(operation)).result).toMatchObject({ name: 'blank-1', size: '32Mi' });
    await until('it has grown', async () => (await disk('blank-1')).size === '32Mi');
    expect((await refused('expandDisk', { name: 'blank-1', size: '8Mi' })).extensions.code).toBe(
      'disk.cannot_shrink',
    );

    await done('updateDisk', { name: 'blank-1', displayName: null, labels: { app: null, tier: 'data' } });
    await until('it is renamed', async () => (await disk('blank-1')).displayName === null);
    expect((await disk('blank-1')).labels).toEqual({ tier: 'data' });

    const attach = { virtualMachine: 'two-disks', disk: 'blank-1' };
    await done('attachDisk', { ...attach, bus: 'sata', bootOrder: 2 });
    await until('it is in use', async () => (await disk('blank-1')).attachedTo.length === 1);
    expect((await refused('deleteDisk', { name: 'blank-1' })).extensions.code).toBe('disk.in_use');
    await done('detachDisk', attach);
    await until('it is free', async () => (await disk('blank-1')).attachedTo.length === 0);
    await done('deleteDisk', { name: 'blank-1' });
    expect(await disk('blank-1')).toBeNull();
  }, 120_000);

  it('are shared only where both sides ask, and leave alone what a machine boots from', async () => {
    await Promise.all([
      create('both', { blank: true }, { size: '16Mi' }),
      create('alone', { blank: true }, { size: '16Mi', accessMode: 'ReadWriteOnce' }),
      done('createVirtualMachine', {
        name: 'runs',
        cpus: 1,
        memory: '64Mi',
        bootDisk: { blank: true, size: '16Mi' },
      }),
    ]);
    const boot = await refused('detachDisk', { virtualMachine: 'two-disks', disk: 'two-disks-root' });
    expect(boot.extensions.code).toBe('vm.boot_disk');
    const hot = { virtualMachine: 'runs' };
    const cold = { virtualMachine: 'two-disks' };
    const virtio = await refused('attachDisk', { ...hot, disk: 'alone', bus: 'virtio' });
    expect(virtio.extensions.code).toBe('request.invalid');
    expect((await done('attachDisk', { ...hot, disk: 'alone' })).result).toMatchObject({ hot: true });
    await until('it is held', async () => (await disk('alone')).attachedTo[0]?.running === true);
    const busy = await refused('attachDisk', { ...cold, disk: 'alone' });
    expect(busy.extensions.code).toBe('vm.disk_busy');
    expect(busy.message).toMatch(/"runs" is running with/);
    const rwo = await refused('attachDisk', { ...cold, disk: 'alone', shared: true });
    expect(rwo.extensions.code).toBe('vm.disk_not_shareable');

    await done('attachDisk', { ...hot, disk: 'both', shared: true });
    await until('it is held', async () => (await disk('both')).attachedTo[0]?.running === true);
    const unasked = await refused('attachDisk', { ...cold, disk: 'both' });
    expect([unasked.extensions.code, /"shared": true/.test(unasked.extensions.hint)]).toEqual([
      'vm.disk_busy',
      true,
    ]);
    await done('attachDisk', { ...cold, disk: 'both', shared: true });
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { disk(name: "both") { attachedTo { machine shared running } } } }',
    );
    expect(project.disk.attachedTo.map(({ machine, shared }: Json) => [machine, shared]).sort()).toEqual([
      ['runs', true],
      ['two-disks', true],
    ]);

    // It grows under the machine that runs with it.
    await done('expandDisk', { name: 'alone', size: '32Mi' });
    await until('it has grown', async () => (await disk('alone')).size === '32Mi');
    await done('detachDisk', { ...hot, disk: 'alone' });
    await until('it is free', async () => (await disk('alone')).attachedTo.length === 0);
  }, 180_000);

  it('that wait for a first user are plugged into a machine that runs', async () => {
    const cluster = ClusterAdmin.of(virtgate.kubeconfig);
    try {
      const { items } = await cluster.call('GET', '/api/v1/persistentvolumeclaims');
      const { namespace } = items.find(({ metadata }: Json) => metadata.name === 'both').metadata;
      await cluster.call('POST', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'unused' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'sandbox-plain',
          resources: { requests: { storage: '18Mi' } },
        },
      });
    } finally {
      cluster.close();
    }
    await until('it waits', async () => (await disk('unused'))?.state === 'WaitingForFirstUse');
    await done('attachDisk', { virtualMachine: 'runs', disk: 'unused' });
    await until('it is there', async () => (await disk('unused')).state === 'Ready');
  }, 120_000);

  it('go into a CD-ROM drive and out of it while the machine runs', async () => {
    await Promise.all([
      create('disc-1', { url: `${server.origin}/image.img` }, { size: '16Mi' }),
      create('disc-2', { url: `${server.origin}/image.img` }, { size: '16Mi' }),
    ]);
    const runs = { virtualMachine: 'runs' };
    const cdrom = { ...runs, kind: 'cdrom' };
    const without = await refused('attachDisk', { ...cdrom, disk: 'disc-1' });
    expect([without.extensions.code, /no empty CD-ROM drive/.test(without.message)]).toEqual([
      'vm.must_be_stopped',
      true,
    ]);
    await done('stopVirtualMachine', { name: 'runs', force: true });
    await done('attachDisk', { ...cdrom, disk: 'disc-1' });
    await done('startVirtualMachine', { name: 'runs' });
    const held = async (name: string) => (await disk(name)).attachedTo[0]?.running === true;
    await until('the disc is in', () => held('disc-1'));
    const full = await refused('attachDisk', { ...cdrom, disk: 'disc-2' });
    expect(full.extensions.code).toBe('vm.must_be_stopped');
    await done('detachDisk', { ...runs, disk: 'disc-1' });
    await until('the disc is out', async () => (await disk('disc-1')).attachedTo.length === 0);
    expect((await done('attachDisk', { ...cdrom, disk: 'disc-2' })).result).toMatchObject({
      disk: 'disc-2',
      hot: true,
    });
    await until('the other disc is in', () => held('disc-2'));
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { virtualMachine(name: "runs") { state restartRequired } disk(name: "disc-2") { attachedTo { readOnly } } } }',
    );
    expect(project.virtualMachine).toEqual({ state: 'Running', restartRequired: false });
    expect(project.disk.attachedTo).toEqual([{ readOnly: true }]);
  }, 180_000);
});
