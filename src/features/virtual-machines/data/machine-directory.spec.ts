import { formatCreatedBy } from '../../../kernel/created-by.js';
import { ProjectDirectory, type ProjectEntry, type ProjectListener } from '../../access/access.contract.js';
import { CatalogContract, type InstanceType } from '../../catalog/catalog.contract.js';
import { virtualMachineManifest } from '../domain/manifest.js';
import { specify } from '../domain/specify.js';
import { FedClusterCache } from './fed-cluster-cache.spec-support.js';
import { MachineCaches } from './machine-caches.js';
import { MachineDirectory, type RowChange } from './machine-directory.js';

class Projects extends ProjectDirectory {
  entries: ProjectEntry[] = [];
  changed: ProjectListener = () => {};
  byNamespace = (namespace: string) => this.entries.find((entry) => entry.namespace === namespace);
  byName = (name: string) => this.entries.find((entry) => entry.name === name);
  byId = (id: string) => this.entries.find((entry) => entry.id === id);
  all = () => this.entries;
  namespaceReady = () => true;
  whenLoaded = () => Promise.resolve();
  onChange(listener: ProjectListener): () => void {
    this.changed = listener;
    return () => {};
  }
}

class Catalog extends CatalogContract {
  types: Record<string, { cpus: number; memory: string }> = {};
  changed: () => void = () => {};
  instanceType = (name: string) => this.types[name] as InstanceType | undefined;
  preference = () => undefined;
  storageClass = () => undefined;
  defaultStorageClass = () => undefined;
  requireInstanceType = (): never => Promise.reject() as never;
  requirePreference = (): never => Promise.reject() as never;
  requireStorageClass = (): never => Promise.reject() as never;
  requireNetwork = (): never => Promise.reject() as never;
  onChange(listener: () => void): () => void {
    this.changed = listener;
    return () => {};
  }
}

const project = (name: string): ProjectEntry => ({
  id: `p-${name}`,
  name,
  tenantId: 't-1',
  tenant: 'acme',
  namespace: `vg-${name}-1`,
  state: 'Active',
  displayName: null,
  labels: {},
  trash: null,
});
const demo = project('demo');
const other = project('other');

const world = () => {
  const cache = new FedClusterCache();
  const projects = new Projects();
  const catalog = new Catalog();
  projects.entries = [demo, other];
  const directory = new MachineDirectory(new MachineCaches(cache), projects, catalog);
  directory.onModuleInit();
  const told: RowChange[] = [];
  directory.onChange((change) => told.push(change));
  return { cache, projects, catalog, directory, told };
};

const from = { operationId: 'o', requestId: 'r', requestedBy: { type: 'user', id: 'u', name: 'Ada' } };
const vm = (name: string, { namespace = 'vg-demo-1', status = {}, size = {} as object, meta = {} } = {}) => {
  const spec = specify({
    name,
    ...(Object.keys(size).length > 0 ? size : { cpus: 2, memory: '1Gi' }),
    bootDisk: { blank: true, size: '1Gi' },
    labels: { app: name },
  });
  const manifest = virtualMachineManifest(spec, { ...from, namespace });
  return { ...manifest, metadata: { ...manifest.metadata, ...meta }, status };
};
const running = { printableStatus: 'Running', ready: true };
const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);

describe('MachineDirectory', () => {
  it('joins a machine with what runs and with its disks', () => {
    const { cache, directory } = world();
    cache.put(vm('web', { status: running }));
    cache.put({
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name: 'web-root' },
      spec: { storage: { resources: { requests: { storage: '1Gi' } } } },
      status: { phase: 'ImportInProgress', progress: '42.3%' },
    });
    expect(directory.get(demo, 'web')).toMatchObject({
      name: 'web',
      project: 'demo',
      state: 'Running',
      cpus: 2,
      memory: '1Gi',
      node: null,
      labels: { app: 'web' },
      createdBy: { type: 'user', id: 'u', name: 'Ada' },
      disks: [{ name: 'root', claim: 'web-root', size: '1Gi', state: 'ImportInProgress', progress: 42.3 }],
    });
    cache.put({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'web-root' },
      spec: { storageClassName: 'fast' },
      status: { phase: 'Bound', capacity: { storage: '2147483648' } },
    });
    cache.put({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: {},
      spec: {
        domain: {
          cpu: { sockets: 1, cores: 1, threads: 1 },
          devices: { disks: [{ name: 'rootdisk', bootOrder: 1 }] },
        },
      },
      status: {
        phase: 'Running',
        nodeName: 'node01',
        memory: { guestCurrent: '1Gi' },
        interfaces: [
          { name: 'default', mac: '02:00:00:00:00:01', ipAddresses: ['10.0.0.9', 'fe80::1'] },
          { interfaceName: 'docker0', ipAddresses: ['172.17.0.1', '<script>'] },
        ],
      },
    });
    expect(directory.get(demo, 'web')).toMatchObject({
      node: 'node01',
      cpus: 1,
      ipAddresses: ['10.0.0.9', 'fe80::1', '172.17.0.1'],
      pendingChanges: [{ field: 'cpus', from: '1', to: '2', applies: 'restart' }],
      disks: [{ size: '2Gi', storageClass: 'fast' }],
      interfaces: [
        { name: 'default', network: 'pod', mac: '02:00:00:00:00:01' },
        { name: null, guestName: 'docker0', network: null },
      ],
    });
  });

  it('says why it moved last, who asked for it, from where and to where', () => {
    const { cache, directory, told } = world();
    const moved = (name: string, end: string, marks = {}, more = {}) =>
      cache.put({
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstanceMigration',
        metadata: { name, annotations: marks },
        spec: { vmiName: 'web' },
        status: {
          phase: 'Succeeded',
          migrationState: { sourceNode: 'node01', targetNode: 'node02', endTimestamp: end },
          ...more,
        },
      });
    const last = () => directory.get(demo, 'web')?.lastMove;
    const vmi = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: {} };
    cache.put(vm('web', { status: running }));
    cache.put({ ...vmi, status: { phase: 'Running', nodeName: 'node01' } });
    moved('going', '2030-01-01T00:00:09Z', {}, { phase: 'Failed' });
    expect(last()).toBeNull();
    const seen = told.length;
    moved('asked', '2030-01-01T00:00:02Z', {
      'virtgate.io/created-by': formatCreatedBy({ type: 'user', id: 'u', name: 'Ada' }),
    });
    expect(told.length).toBe(seen + 1);
    expect(last()).toEqual({
      cause: 'request',
      at: '2030-01-01T00:00:02Z',
      from: 'node01',
      to: 'node02',
      requestedBy: { type: 'user', id: 'u', name: 'Ada' },
      migration: 'asked',
    });
    moved('drained', '2030-01-01T00:00:03Z', { 'kubevirt.io/evacuationMigration': 'node01' });
    moved('grown', '2030-01-01T00:00:01Z', { 'kubevirt.io/workloadUpdateMigration': '' });
    expect(last()).toMatchObject({ cause: 'drain', requestedBy: null, migration: 'drained' });
    cache.drop('VirtualMachineInstanceMigration', 'drained');
    cache.drop('VirtualMachineInstanceMigration', 'asked');
    expect(last()).toMatchObject({ cause: 'update', migration: 'grown' });
    cache.drop('VirtualMachineInstance', 'web');
    expect(last()).toBeNull();
  });

  it("never shows one project's machines in another, nor those of no project", () => {
    const { cache, directory } = world();
    cache.put(vm('mine'));
    cache.put(vm('theirs', { namespace: 'vg-other-1' }));
    cache.put(vm('system', { namespace: 'kube-system' }));
    expect(names(directory.inProject(demo))).toEqual(['mine']);
    expect(names(directory.inProject(other))).toEqual(['theirs']);
    expect(directory.get(demo, 'theirs')).toBeUndefined();
    expect(directory.inProject({ namespace: 'kube-system' })).toEqual([]);
  });

  it('keeps every order through coming, changing and going', () => {
    const { cache, directory } = world();
    const born = (name: string, second: number, printableStatus: string) =>
      vm(name, {
        status: { printableStatus },
        meta: { creationTimestamp: `2030-01-01T00:00:0${second}Z` },
      });
    cache.put(born('b', 3, 'Stopped'));
    cache.put(born('a', 2, 'Running'));
    cache.put(born('c', 1, 'Running'));
    expect(names(directory.inProject(demo, 'name'))).toEqual(['a', 'b', 'c']);
    expect(names(directory.inProject(demo, '-name'))).toEqual(['c', 'b', 'a']);
    expect(names(directory.inProject(demo, 'createdAt'))).toEqual(['c', 'a', 'b']);
    expect(names(directory.inProject(demo, '-createdAt'))).toEqual(['b', 'a', 'c']);
    expect(names(directory.inProject(demo, 'state'))).toEqual(['a', 'c', 'b']);
    cache.put(born('c', 1, 'Stopped'));
    cache.drop('VirtualMachine', 'a');
    expect(names(directory.inProject(demo, 'state'))).toEqual(['b', 'c']);
    expect(names(directory.inProject(demo, '-createdAt'))).toEqual(['b', 'c']);
    expect(names(directory.inProject(demo))).toEqual(['b', 'c']);
  });

  it('tells what can be seen, in order, and nothing else', () => {
    const { cache, directory, told } = world();
    cache.put(vm('web'));
    cache.put(vm('web', { status: running }));
    const { etag, version } = directory.get(demo, 'web')!;
    cache.put(vm('web', { status: running, meta: { annotations: { 'example.org/heartbeat': '2' } } }));
    cache.put(vm('web', { status: running }));
    cache.drop('VirtualMachine', 'web');
    // The heartbeat took away who made it, which can be seen.
    const seen = told.map(({ type, row }) => [type, row.state, row.createdBy?.name ?? null]);
    expect(seen).toEqual([
      ['set', 'Provisioning', 'Ada'],
      ['set', 'Running', 'Ada'],
      ['set', 'Running', null],
      ['set', 'Running', 'Ada'],
      ['delete', 'Running', 'Ada'],
    ]);
    expect(told[3]?.row).toMatchObject({ etag, version });
  });

  it('says nothing of a change that cannot be seen', () => {
    const { cache, told } = world();
    cache.put(vm('web', { status: running }));
    cache.put(
      vm('web', { status: { ...running, volumeSnapshotStatuses: [{ name: 'x' }], observedGeneration: 9 } }),
    );
    expect(told).toHaveLength(1);
  });

  it('takes a machine of the same name for another one', () => {
    const { cache, directory, told } = world();
    cache.put(vm('web', { meta: { uid: 'one' } }));
    cache.put(vm('web', { meta: { uid: 'two' } }));
    expect(told.map(({ type, row }) => [type, row.uid])).toEqual([
      ['set', 'one'],
      ['delete', 'one'],
      ['set', 'two'],
    ]);
    expect([directory.byUid('one'), directory.byUid('two')?.name]).toEqual([undefined, 'web']);
  });

  it('learns of projects and of instance types after their machines', () => {
    const { cache, projects, catalog, directory } = world();
    projects.entries = [];
    cache.put(vm('web', { size: { instanceType: 'u1.small' } }));
    expect(directory.get(demo, 'web')).toBeUndefined();
    projects.entries = [demo];
    projects.changed(null);
    expect(directory.get(demo, 'web')).toMatchObject({ instanceType: 'u1.small', cpus: null, memory: null });
    catalog.types['u1.small'] = { cpus: 1, memory: '2048Mi' };
    catalog.changed();
    expect(directory.get(demo, 'web')).toMatchObject({ cpus: 1, memory: '2Gi' });
    projects.entries = [];
    projects.changed(null);
    expect(directory.get(demo, 'web')).toBeUndefined();
  });
});
