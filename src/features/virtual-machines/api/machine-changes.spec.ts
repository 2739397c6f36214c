import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { AccessPort } from '../../../platform/access/access-port.js';
import type { ProjectDirectory } from '../../access/access.contract.js';
import type { CatalogContract } from '../../catalog/catalog.contract.js';
import { FedClusterCache } from '../data/fed-cluster-cache.spec-support.js';
import { EventCache, MachineCaches } from '../data/machine-caches.js';
import { MachineDirectory } from '../data/machine-directory.js';
import { MachineEvents } from '../data/machine-events.js';
import { MachineChanges } from './machine-changes.js';

const project = { id: 'p-1', name: 'demo', namespace: 'vg-demo-1' } as ProjectRef;
const principal = { id: 'u-1', tokenId: 't-1' } as Principal;

const world = () => {
  const cache = new FedClusterCache();
  const caches = new MachineCaches(cache);
  const projects = {
    byNamespace: (namespace: string) => (namespace === project.namespace ? project : undefined),
    onChange: () => () => {},
  } as unknown as ProjectDirectory;
  const catalog = { instanceType: () => undefined, onChange: () => () => {} } as unknown as CatalogContract;
  const directory = new MachineDirectory(caches, projects, catalog);
  directory.onModuleInit();
  const rights = { known: true, allowed: true, asked: 0 };
  const access = {
    refresh: () => {
      rights.asked += 1;
      return Promise.resolve(rights.known ? principal : null);
    },
    allows: () => rights.allowed,
  } as unknown as AccessPort;
  const events = new MachineEvents(new EventCache(cache), caches);
  const changes = new MachineChanges(directory, events, access);
  const put = (printableStatus: string, name = 'web') =>
    cache.put({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name },
      spec: {},
      status: { printableStatus },
    });
  return { cache, changes, rights, put };
};

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'told',
    (error) => error.code,
  );

describe('MachineChanges', () => {
  it('tells every state in order, of a machine that comes, goes and comes again', async () => {
    const { cache, changes, put } = world();
    const told = changes.machine(principal, project, 'web');
    const states = ['Provisioning', 'Starting', 'Running', 'Stopping', 'Stopped'];
    for (const state of states) put(state);
    put('Running', 'another');
    cache.drop('VirtualMachine', 'web');
    put('Provisioning');
    const expected = [...states, 'Terminating', 'Provisioning'];
    for (const state of expected) expect((await told.next()).value.state).toBe(state);
  });

  it('begins with the machine as it is', async () => {
    const { changes, put } = world();
    put('Running');
    const told = changes.machine(principal, project, 'web');
    expect((await told.next()).value).toMatchObject({ name: 'web', state: 'Running' });
  });

  it.each([
    ['revoked', { known: false }, 'auth.unauthenticated'],
    ['taken from the project', { allowed: false }, 'resource.not_found'],
  ])('asks the right at every event, and ends when it is %s', async (_what, loss, code) => {
    const { changes, rights, put } = world();
    const told = changes.machine(principal, project, 'web');
    put('Starting');
    await told.next();
    expect(rights.asked).toBe(1);
    Object.assign(rights, loss);
    put('Running');
    expect(await codeOf(told.next())).toBe(code);
    put('Stopped');
    expect((await told.next()).done).toBe(true);
  });

  it('ends a wait that is under way', async () => {
    const { changes } = world();
    const told = changes.machine(principal, project, 'web');
    const waiting = told.next();
    await told.return?.();
    expect((await waiting).done).toBe(true);
  });

  it("tells the project's events about machines and their disks, and no others", async () => {
    const { cache, changes } = world();
    const told = changes.projectEvents(principal, project);
    const event = (name: string, kind: string, about: string, namespace = project.namespace) =>
      cache.put({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: { kind, name: about },
        reason: name,
        lastTimestamp: '2030-01-01T00:00:00Z',
      } as never);
    event('foreign', 'VirtualMachine', 'web', 'vg-other-1');
    event('unrelated', 'PersistentVolumeClaim', 'somebody-elses');
    event('started', 'VirtualMachine', 'web');
    event('booted', 'VirtualMachineInstance', 'web');
    expect([(await told.next()).value.reason, (await told.next()).value.reason]).toEqual([
      'started',
      'booted',
    ]);
  });
});
