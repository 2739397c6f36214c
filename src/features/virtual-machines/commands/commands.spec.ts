import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { sql } from 'kysely';
import { KubeApiPeer } from '../../../../test/contract/kube-api-peer.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.js';
import { requestInvalid } from '../../../kernel/failures.js';
import type { Permission } from '../../../kernel/permission.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { AccessPort } from '../../../platform/access/access-port.js';
import { ApiDiscovery } from '../../../platform/cluster/api-discovery.js';
import type { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { ClusterCredentials } from '../../../platform/cluster/cluster-credentials.js';
import { ClusterTransport } from '../../../platform/cluster/cluster-transport.js';
import { KubernetesClusterClient } from '../../../platform/cluster/kubernetes-cluster-client.js';
import { runInContext } from '../../../platform/context/request-context.js';
import { Database } from '../../../platform/database/database.js';
import { DatabaseModule } from '../../../platform/database/database.module.js';
import { PlatformModule } from '../../../platform/doors/platform.module.js';
import { CheckedImportPolicy } from '../../../platform/import-policy/checked-import-policy.js';
import { TenantPolicy } from '../../../platform/tenant-policy/tenant-policy.js';
import type { AccessContract, ProjectDirectory } from '../../access/access.contract.js';
import { TRASH_LABEL, type TrashSetting } from '../../access/trash.contract.js';
import type { CatalogContract } from '../../catalog/catalog.contract.js';
import { DiskCaches } from '../../disks/data/disk-caches.js';
import { DiskDirectory } from '../../disks/data/disk-directory.js';
import { ImageCaches } from '../../images/data/image-caches.js';
import { ImageDirectory } from '../../images/data/image-directory.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import { OperationsCoreModule } from '../../operations/operations-core.module.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { SshKeyStore } from '../../ssh-keys/data/ssh-key-store.js';
import { SshKeysContract } from '../../ssh-keys/ssh-keys.contract.js';
import { AssociatedCaches } from '../data/associated-views.js';
import { FedClusterCache } from '../data/fed-cluster-cache.spec-support.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { CreateBody } from '../domain/create-body.js';
import { virtualMachineManifest } from '../domain/manifest.js';
import { specify } from '../domain/specify.js';
import { formatTrash, TRASH_ANNOTATION, type TrashEntry } from '../domain/trash.js';
import { MachineWork } from '../machine-work.contract.js';
import { MACHINE_OPERATION_KINDS } from '../operation-kinds.js';
import { BootSources } from './boot-sources.js';
import { ChangeEffects } from './change-effects.js';
import { CreateReferences } from './create-references.js';
import { CreateVm } from './create-vm.js';
import { DeleteVm } from './delete-vm.js';
import { DeletionFate } from './deletion-fate.js';
import { PowerVm } from './power-vm.js';
import { PurgeVm } from './purge-vm.js';
import { StartRules } from './start-rules.js';
import { TenantCluster } from './tenant-cluster.js';
import { UndeleteVm } from './undelete-vm.js';
import { UpdateVm } from './update-vm.js';

@Module({})
class Room {}

const principal: Principal = {
  id: 'u-1',
  type: 'user',
  name: 'Ada',
  bindings: [],
  scopes: null,
  tokenId: null,
  expiresAt: null,
};
const project: ProjectRef = {
  id: 'p-1',
  name: 'demo',
  tenantId: 't-1',
  tenant: 'acme',
  namespace: 'vg-demo-1',
};
const caller = { principal, project };
const body: CreateBody = { name: 'web', cpus: 1, memory: '1Gi', bootDisk: { blank: true, size: '1Gi' } };
const from = { namespace: project.namespace, operationId: 'o', requestId: 'r', requestedBy: principal };

describe('the commands of virtual machines', () => {
  let fresh: FreshDatabase;
  let peer: KubeApiPeer;
  let transport: ClusterTransport;
  let app: INestApplicationContext;
  let cache: FedClusterCache;
  let images: FedClusterCache;
  let held: Set<Permission>;
  let create: CreateVm;
  let update: UpdateVm;
  let remove: DeleteVm;
  let undelete: UndeleteVm;
  let purge: PurgeVm;
  let trash: TrashSetting | null;
  let power: PowerVm;

  beforeAll(async () => {
    fresh = await freshDatabase();
    peer = await KubeApiPeer.start();
    peer.groups = { 'kubevirt.io': ['v1'], 'subresources.kubevirt.io': ['v1'] };
    transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: peer.kubeconfig }));
    const platform = PlatformModule.forRoot({
      masterSecret: 'a secret of tests that is long enough',
      capabilities: [DatabaseModule.forRoot({ url: fresh.url })],
    });
    const room = { module: Room, imports: [platform, OperationsCoreModule] };
    app = await NestFactory.createApplicationContext(room, { logger: false });
    for (const kind of MACHINE_OPERATION_KINDS) app.get(OperationsContract).registerKind(kind);
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await transport?.close();
    await peer?.end();
    await fresh?.close();
  });

  beforeEach(async () => {
    cache = new FedClusterCache();
    held = new Set<Permission>(['vms:create', 'vms:update', 'vms:delete', 'vms:start', 'vms:stop']);
    const caches = new MachineCaches(cache);
    const work = new MachineWork(app.get(Database), app.get(OperationsContract));
    const impersonationOf = () => ({ user: 'virtgate:user:u-1', groups: ['virtgate:project:demo:editor'] });
    const cluster = new TenantCluster(
      new KubernetesClusterClient(transport, new ApiDiscovery(transport, 0)),
      { impersonationOf } as unknown as AccessContract,
      new TenantPolicy(),
    );
    const catalog = {
      requireInstanceType: (name: string, pointer: string) => {
        if (name !== 'u1.small')
          throw requestInvalid('unknown', { errors: [{ pointer, code: 'x', message: 'x' }] });
        return { cpus: 1, memory: '2Gi' };
      },
    } as unknown as CatalogContract;
    const access = { allows: (_who: unknown, what: Permission) => held.has(what) } as unknown as AccessPort;
    images = new FedClusterCache();
    const byNamespace = (namespace: string) =>
      [
        project,
        { name: 'sibling', tenant: 'acme', namespace: 'vg-sibling-1' },
        ...['golden', 'silver', 'other'].map((name) => ({ name, tenant: 't', namespace: `vg-${name}-1` })),
      ].find((known) => known.namespace === namespace);
    const catalogue = new ImageDirectory(new ImageCaches(images), {
      byNamespace,
    } as unknown as ProjectDirectory);
    const client = new KubernetesClusterClient(transport, new ApiDiscovery(transport, 0));
    const policy = new CheckedImportPolicy({ allowedHosts: [] });
    const bootSources = new BootSources(catalogue, caches, policy, client);
    const sshKeys = new SshKeysContract(new SshKeyStore(app.get(Database)), access);
    const references = new CreateReferences(caches, catalog, bootSources, sshKeys);
    create = new CreateVm(caches, references, cluster, work);
    const disks = new DiskDirectory(
      new DiskCaches(cache),
      { byNamespace: () => undefined } as unknown as ProjectDirectory,
      catalog,
    );
    const starting = new StartRules(access, disks);
    const liveUpdate = { enabled: true, movesMachines: true };
    const capabilities = { current: async () => ({ liveUpdate }) } as unknown as ClusterCapabilities;
    update = new UpdateVm(caches, new ChangeEffects(catalog, capabilities), starting, cluster, work);
    trash = null;
    const fates = new DeletionFate(new AssociatedCaches(cache), access);
    const projects = { byId: () => ({ trash }) } as unknown as ProjectDirectory;
    remove = new DeleteVm(caches, fates, projects, cluster, work);
    undelete = new UndeleteVm(caches, starting, cluster, work);
    purge = new PurgeVm(caches, fates, cluster, work);
    power = new PowerVm(caches, starting, cluster, work);
    peer.intercept = () => null;
    peer.seen.length = 0;
    await sql`DELETE FROM operation`.execute(app.get(Database).tables());
  });

  const machine = (more: Partial<CreateBody> = {}, status: object = {}) =>
    cache.put({ ...virtualMachineManifest(specify({ ...body, ...more }), from), status });
  const instance = (phase = 'Running') =>
    cache.put({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: {},
      status: { phase },
    });
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'accepted',
      (error) => error.code ?? String(error),
    );
  const begun = async (work: Promise<Outcome>): Promise<OperationView> => {
    const outcome = await work;
    if (outcome.preview) throw new Error('a preview');
    return outcome.operation;
  };
  const operations = async (): Promise<string[]> => {
    const { rows } = await sql<{
      kind: string;
      state: string;
    }>`SELECT kind, state FROM operation ORDER BY id`.execute(app.get(Database).tables());
    return rows.map(({ kind, state }) => `${kind} ${state}`);
  };
  const dryly = async (work: () => Promise<Outcome>): Promise<Preview> => {
    const context = { requestId: 'r-1', sourceAddress: null, idempotencyId: null, dryRun: true };
    const { preview } = await runInContext(context, work);
    expect(await operations()).toEqual([]);
    return preview!;
  };

  it('begins a create once, and names it to whoever comes second', async () => {
    const operation = await begun(create.execute(caller, body));
    expect(operation).toMatchObject({
      kind: 'vm.create',
      state: 'PENDING',
      target: { type: 'virtual-machine', project: 'demo', name: 'web' },
      requestedBy: { id: 'u-1' },
    });
    expect(await codeOf(create.execute(caller, body))).toBe('operation.in_progress');
    const { rows } = await sql<{ text: string }>`SELECT operation::text AS text FROM operation`.execute(
      app.get(Database).tables(),
    );
    expect(rows).toHaveLength(1);
  });

  it('keeps user data sealed at rest', async () => {
    await create.execute(caller, { ...body, userData: '#cloud-config\npassword: canary\n' });
    const { rows } = await sql<{ text: string }>`SELECT operation::text AS text FROM operation`.execute(
      app.get(Database).tables(),
    );
    expect(rows[0]?.text).not.toMatch(/canary|63616e617279|Y2FuYXJ5/);
  });

  it.each<[string, () => void, Partial<CreateBody>, string]>([
    ['the name is taken', () => machine(), {}, 'vm.exists'],
    [
      'a disk was kept under its name',
      () => cache.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'web-root' } }),
      {},
      'vm.disk_exists',
    ],
    [
      'its disk is being deleted still',
      () =>
        cache.put({
          apiVersion: 'cdi.kubevirt.io/v1beta1',
          kind: 'DataVolume',
          metadata: { name: 'web-root' },
        }),
      {},
      'vm.disk_exists',
    ],
    [
      'the address is inside',
      () => {},
      { bootDisk: { url: 'http://169.254.169.254/x' } },
      'import.url_forbidden',
    ],
    [
      'the address is no address',
      () => {},
      { bootDisk: { url: 'ftp://example.org/x' } },
      'import.url_invalid',
    ],
    ['the type is unknown', () => {}, { instanceType: 'x', cpus: null, memory: null }, 'request.invalid'],
    ['there is no such image', () => {}, { bootDisk: { image: 'debian' } }, 'image.unknown'],
    ['there is no such disk', () => {}, { bootDisk: { disk: 'data' } }, 'vm.boot_source_missing'],
    ['there is no such snapshot', () => {}, { bootDisk: { snapshot: 's/../x' } }, 'vm.boot_source_missing'],
    [
      'the registry is inside',
      () => {},
      { bootDisk: { registry: 'docker://10.0.0.1:5000/debian' } },
      'import.url_forbidden',
    ],
    [
      'the registry is given with a password',
      () => {},
      { bootDisk: { registry: 'docker://a:b@quay.io/debian' } },
      'import.registry_invalid',
    ],
  ])('refuses a create when %s, and writes nothing', async (_what, prepare, more, code) => {
    prepare();
    expect(await codeOf(create.execute(caller, { ...body, ...more }))).toBe(code);
    expect(await operations()).toEqual([]);
  });

  it('makes the boot disk from an image of its own, of the tenant, or of everybody', async () => {
    const dataSource = (namespace: string, name: string, labels: object, more: object = {}) =>
      images.put({
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataSource',
        metadata: {
          name,
          namespace,
          labels: { 'virtgate.io/image': name.split('.').at(-1) ?? name, ...labels },
          annotations: { 'virtgate.io/image-size': '2Gi' },
        },
        spec: { source: { pvc: { namespace, name } } },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
        ...more,
      });
    const shared = (owner: string, image: string, visibility: string) =>
      dataSource('vg-images', `${owner}-1.${image}`, {
        'virtgate.io/visibility': visibility,
        'virtgate.io/project-namespace': `vg-${owner}-1`,
      });
    peer.intercept = ({ method, body: sent }) => (method === 'POST' ? { status: 201, body: sent } : null);
    const templateOf = async (image: string, more: object = {}) => {
      const disk = { image, ...more };
      const { manifests } = await dryly(() => create.execute(caller, { ...body, bootDisk: disk }));
      return manifests[0]?.spec.dataVolumeTemplates[0].spec;
    };
    const refused = (image: string) =>
      codeOf(dryly(() => create.execute(caller, { ...body, bootDisk: { image } })));

    shared('other', 'debian', 'tenant');
    expect(await refused('debian')).toBe('image.unknown');
    expect(await refused('other/debian')).toBe('image.unknown');
    shared('golden', 'debian', 'public');
    expect(await templateOf('debian')).toEqual({
      sourceRef: { kind: 'DataSource', namespace: 'vg-images', name: 'golden-1.debian' },
      storage: { resources: { requests: { storage: '2Gi' } } },
    });
    shared('gone', 'debian', 'public');
    expect((await templateOf('debian')).sourceRef.name).toBe('golden-1.debian');
    shared('silver', 'debian', 'public');
    expect(await refused('debian')).toBe('image.ambiguous');
    expect((await templateOf('silver/debian')).sourceRef.name).toBe('silver-1.debian');
    shared('sibling', 'debian', 'tenant');
    expect((await templateOf('debian')).sourceRef.name).toBe('sibling-1.debian');
    dataSource(project.namespace, 'debian', {
      'instancetype.kubevirt.io/default-instancetype': 'u1.small',
    });
    expect((await templateOf('debian', { size: '3Gi' })).sourceRef).toEqual({
      kind: 'DataSource',
      namespace: project.namespace,
      name: 'debian',
    });
    const sizeless = { name: 'web', bootDisk: { image: 'debian' } };
    const { manifests } = await dryly(() => create.execute(caller, sizeless));
    expect(manifests[0]?.spec.instancetype.name).toBe('u1.small');
    expect(
      await codeOf(create.execute(caller, { ...body, bootDisk: { image: 'debian', size: '1Gi' } })),
    ).toBe('request.invalid');
  });

  it('answers the same operation under the same key, although the machine is there by now', async () => {
    const context = { requestId: 'r', sourceAddress: null, idempotencyId: 'key-1', dryRun: false };
    const first = await begun(runInContext(context, () => create.execute(caller, body)));
    machine();
    const second = await begun(runInContext(context, () => create.execute(caller, body)));
    expect(second.id).toBe(first.id);
  });

  it('asks the cluster as the tenant in a dry run, shows no secret and begins nothing', async () => {
    peer.intercept = ({ method, body: sent }) => (method === 'POST' ? { status: 201, body: sent } : null);
    const preview = await dryly(() => create.execute(caller, { ...body, userData: 'canary' }));
    expect(preview.manifests.map(({ kind }) => kind)).toEqual(['Secret', 'VirtualMachine']);
    expect(JSON.stringify(preview)).not.toMatch(/canary|Y2FuYXJ5/);
    const posts = peer.seen.filter(({ method }) => method === 'POST');
    expect(posts.map(({ query }) => query.get('dryRun'))).toEqual(['All', 'All']);
    for (const { rawHeaders } of posts) expect(rawHeaders).toContain('virtgate:project:demo:editor');
    machine();
    expect(await codeOf(dryly(() => create.execute(caller, body)))).toBe('vm.exists');
  });

  it("tells the cluster's own refusal in a dry run", async () => {
    const message = 'admission webhook "x" denied the request: spec.template is wrong';
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message,
      reason: 'Invalid',
      code: 422,
    };
    peer.intercept = ({ method }) =>
      method === 'POST' ? { status: 422, body: JSON.stringify(status) } : null;
    expect(await codeOf(dryly(() => create.execute(caller, body)))).toBe('cluster.refused');
  });

  it('refuses an action that makes no sense, unless it is about an unfinished one', async () => {
    expect(await codeOf(power.execute(caller, 'web', 'start'))).toBe('vm.not_found');
    machine({ start: false }, { printableStatus: 'Stopped' });
    expect(await codeOf(power.execute(caller, 'web', 'stop'))).toBe('vm.not_running');
    expect(await operations()).toEqual([]);
    await begun(power.execute(caller, 'web', 'start'));
    expect(await codeOf(power.execute(caller, 'web', 'start'))).toBe('operation.in_progress');
    expect(await codeOf(power.execute(caller, 'web', 'pause'))).toBe('operation.in_progress');
    await begun(power.execute(caller, 'web', 'stop'));
    expect(await operations()).toEqual(['vm.start CANCELLED', 'vm.stop PENDING']);
    expect(await codeOf(power.execute(caller, 'web', 'stop'))).toBe('operation.in_progress');
    await begun(power.execute(caller, 'web', 'stop', { force: true }));
    expect((await operations()).slice(1)).toEqual(['vm.stop CANCELLED', 'vm.stop PENDING']);
  });

  it('deletes what is not protected, whatever power action is under way', async () => {
    machine({ deleteProtection: true }, { printableStatus: 'Running' });
    expect(await codeOf(remove.execute(caller, 'web'))).toBe('vm.delete_protected');
    machine({}, { printableStatus: 'Running' });
    instance();
    await begun(power.execute(caller, 'web', 'restart'));
    await begun(remove.execute(caller, 'web', { disks: 'keep' }));
    expect(await operations()).toEqual(['vm.restart CANCELLED', 'vm.delete PENDING']);
    expect(await codeOf(remove.execute(caller, 'nope'))).toBe('vm.not_found');
  });

  it('takes along what was chosen, and asks the right to delete snapshots', async () => {
    machine({}, { printableStatus: 'Stopped' });
    cache.put({
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: { name: 'before' },
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' } },
    });
    expect(await codeOf(remove.execute(caller, 'web', { keepDisks: ['nope'] }))).toBe('request.invalid');
    expect(await codeOf(remove.execute(caller, 'web', { deleteSnapshots: ['nope'] }))).toBe(
      'request.invalid',
    );
    expect(await codeOf(remove.execute(caller, 'web', { deleteSnapshots: ['before'] }))).toBe(
      'auth.forbidden',
    );
    expect(await codeOf(remove.execute(caller, 'web', { snapshots: 'delete' }))).toBe('auth.forbidden');
    held.add('snapshots:delete');
    peer.intercept = ({ method }) => (method === 'DELETE' ? { status: 200, body: '{}' } : null);
    const choice = { keepDisks: ['web-root'], snapshots: 'delete' } as const;
    const { effect } = await dryly(() => remove.execute(caller, 'web', choice));
    expect(effect).toContain('stay: web-root');
    expect(effect).toContain('Snapshots that it deletes: before.');
    await begun(remove.execute(caller, 'web', choice));
    expect(await operations()).toEqual(['vm.delete PENDING']);
  });

  /** As vm.trash leaves a machine. */
  const trashed = (more: Partial<TrashEntry> = {}, annotation?: string) => {
    const manifest = virtualMachineManifest(specify(body), from);
    const entry = {
      deletedAt: '2030-01-01T00:00:00Z',
      purgeAt: '2030-01-08T00:00:00Z',
      deletedBy: null,
      runStrategy: 'Always',
      keepDisks: [],
      snapshots: [],
      ...more,
    };
    const annotations = { [TRASH_ANNOTATION]: annotation ?? formatTrash(entry) };
    const metadata = { ...manifest.metadata, labels: { [TRASH_LABEL]: 'true' }, annotations };
    cache.put({ ...manifest, metadata, status: { printableStatus: 'Stopped' } });
  };

  it('puts a machine in the trash where the project has one, unless it is to go for good', async () => {
    trash = { retentionSeconds: 604_800 };
    machine({}, { printableStatus: 'Running' });
    instance();
    peer.intercept = ({ method }) =>
      ['PATCH', 'DELETE'].includes(method) ? { status: 200, body: '{}' } : null;
    expect((await dryly(() => remove.execute(caller, 'web'))).effect).toContain('168 hours');
    expect((await dryly(() => remove.execute(caller, 'web', { permanently: true }))).effect).toMatch(
      /^It deletes/,
    );
    await begun(power.execute(caller, 'web', 'restart'));
    await begun(remove.execute(caller, 'web'));
    expect(await operations()).toEqual(['vm.restart CANCELLED', 'vm.trash PENDING']);
  });

  it('does nothing to what is in the trash but bring it back or purge it', async () => {
    trashed();
    expect(await codeOf(power.execute(caller, 'web', 'start'))).toBe('vm.not_found');
    expect(await codeOf(update.execute(caller, 'web', { cpus: 2 }))).toBe('vm.not_found');
    expect(await codeOf(remove.execute(caller, 'web'))).toBe('vm.not_found');
    expect(await codeOf(create.execute(caller, body))).toBe('vm.in_trash');
    expect(await codeOf(undelete.execute(caller, 'nope'))).toBe('trash.not_found');
    expect(await codeOf(purge.execute(caller, 'nope'))).toBe('trash.not_found');
    expect(await operations()).toEqual([]);
    await begun(undelete.execute(caller, 'web'));
    expect(await codeOf(purge.execute(caller, 'web'))).toBe('operation.in_progress');
    expect(await operations()).toEqual(['vm.undelete PENDING']);
  });

  it('starts nothing, by whatever name, while a disk of it is being copied', async () => {
    const copy = (phase: string) =>
      cache.put({
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataVolume',
        metadata: { name: 'copy', namespace: 'vg-sibling-1' },
        spec: { source: { pvc: { namespace: project.namespace, name: 'web-root' } } },
        status: { phase },
      });
    copy('CloneInProgress');
    machine({ start: false }, { printableStatus: 'Stopped' });
    expect(await codeOf(power.execute(caller, 'web', 'start'))).toBe('vm.disk_copied');
    expect(await codeOf(update.execute(caller, 'web', { runStrategy: 'Always' }))).toBe('vm.disk_copied');
    trashed();
    expect(await codeOf(undelete.execute(caller, 'web'))).toBe('vm.disk_copied');
    expect(await operations()).toEqual([]);
    machine({ start: false }, { printableStatus: 'Stopped' });
    // It waits for whoever uses it first: nothing is read.
    copy('WaitForFirstConsumer');
    await begun(update.execute(caller, 'web', { displayName: 'Web' }));
    await sql`DELETE FROM operation`.execute(app.get(Database).tables());
    copy('Succeeded');
    await begun(power.execute(caller, 'web', 'start'));
    expect(await operations()).toEqual(['vm.start PENDING']);
  });

  it('brings nothing back to life for whoever may not start it', async () => {
    held.delete('vms:start');
    trashed();
    expect(await codeOf(undelete.execute(caller, 'web'))).toBe('auth.forbidden');
    trashed({ runStrategy: 'Halted' });
    await begun(undelete.execute(caller, 'web'));
  });

  it('purges what was chosen at the deletion, and no data where nobody knows what was', async () => {
    cache.put({
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: { name: 'before' },
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' } },
    });
    peer.intercept = ({ method }) => (method === 'DELETE' ? { status: 200, body: '{}' } : null);
    trashed({ snapshots: ['before', 'gone-since'] });
    expect(await codeOf(purge.execute(caller, 'web'))).toBe('auth.forbidden');
    held.add('snapshots:delete');
    const { effect } = await dryly(() => purge.execute(caller, 'web'));
    expect(effect).toContain('Disks that it deletes: web-root');
    expect(effect).toContain('Snapshots that it deletes: before.');
    trashed({}, 'scribbled over');
    expect((await dryly(() => purge.execute(caller, 'web'))).effect).toContain('stay: web-root');
    await begun(purge.execute(caller, 'web'));
    expect(await operations()).toEqual(['vm.delete PENDING']);
  });

  it('asks the right to power for a run strategy, and a secret of its own for user data', async () => {
    machine({ start: false });
    held.delete('vms:start');
    expect(await codeOf(update.execute(caller, 'web', { runStrategy: 'Always' }))).toBe('auth.forbidden');
    expect(await codeOf(update.execute(caller, 'web', { userData: 'x' }))).toBe('vm.no_user_data');
    expect(await codeOf(update.execute(caller, 'web', { instanceType: 'x' }))).toBe('request.invalid');
    expect(await operations()).toEqual([]);
    await begun(update.execute(caller, 'web', { runStrategy: 'Manual', displayName: 'Web' }));
    expect(await operations()).toEqual(['vm.update PENDING']);
  });

  it('shows what an update would make of the machine', async () => {
    machine();
    const changed = { ...virtualMachineManifest(specify({ ...body, cpus: 4 }), from) };
    peer.intercept = ({ method }) =>
      method === 'PATCH' ? { status: 200, body: JSON.stringify(changed) } : null;
    instance();
    const preview = await dryly(() => update.execute(caller, 'web', { cpus: 4 }));
    expect(preview.manifests[0]?.spec).toMatchObject({
      template: { spec: { domain: { cpu: { sockets: 4 } } } },
    });
    expect(preview.effect).toContain('after a restart');
    expect(peer.seen.find(({ method }) => method === 'PATCH')?.query.get('dryRun')).toBe('All');
  });
});
