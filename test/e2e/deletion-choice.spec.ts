import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

describe('what goes with a machine', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
  }, 180_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const done = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await virtgate.rest(method, `/projects/demo${path}`, body);
    expect(answer.status).toBe(202);
    expect((await virtgate.settled(answer.body)).state).toBe('SUCCEEDED');
  };
  const names = async (what: string): Promise<string[]> =>
    (await virtgate.rest('GET', `/projects/demo/${what}`)).body.items.map(({ name }: Json) => name);

  it('is shown before, over both doors, and chosen disk by disk', async () => {
    await done('POST', '/vms', {
      name: 'web',
      cpus: 1,
      memory: '128Mi',
      bootDisk: { blank: true, size: '64Mi' },
    });
    await done('POST', '/vms/web/snapshots', { name: 'before' });
    const path = '/projects/demo/vms/web';
    const opened = await virtgate.rest('POST', `${path}/console-sessions`, { type: 'serial' });
    const closed = await virtgate.rest('POST', `${path}/console-sessions`, { type: 'serial' });
    expect((await virtgate.rest('DELETE', `${path}/console-sessions/${closed.body.id}`)).status).toBe(204);
    const { body } = await virtgate.rest('GET', `${path}/associated-resources`);
    expect(body).toMatchObject({
      disks: [{ name: 'web-root', size: '64Mi', own: true, onDelete: 'delete', usedBy: [] }],
      snapshots: [{ name: 'before', size: '64Mi', onDelete: 'keep' }],
      exports: [],
    });
    const { id } = opened.body;
    expect(body.consoleSessions).toMatchObject([
      { id, type: 'serial', requestedBy: { name: 'admin' }, connectedAt: null },
    ]);
    const { project } = await virtgate.graphql(`{ project(name: "demo") { virtualMachine(name: "web") {
      associatedResources { virtualMachine deleteProtection running
        disks { name size own onDelete usedBy } snapshots { name ready createdAt size onDelete }
        exports { name source sourceName survives }
        consoleSessions { id type requestedBy { type id name } connectedAt } } } } }`);
    expect(project.virtualMachine.associatedResources).toEqual(body);

    const wrong = await virtgate.rest('DELETE', '/projects/demo/vms/web?keepDisk=nope');
    expect([wrong.status, wrong.body.code]).toEqual([400, 'request.invalid']);
    await done('DELETE', '/vms/web?keepDisk=web-root&snapshots=delete');
    expect(await names('vms')).toEqual([]);
    expect(await names('snapshots')).toEqual([]);
    expect(await names('disks')).toEqual(['web-root']);
  }, 120_000);

  it('is chosen snapshot by snapshot, in the body, and said once', async () => {
    const vm = {
      name: 'web',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '64Mi' },
      start: false,
    };
    await done('POST', '/vms', { ...vm, name: 'two' });
    for (const name of ['stays', 'goes']) await done('POST', '/vms/two/snapshots', { name });
    const path = '/projects/demo/vms/two';
    const wrong = await virtgate.rest('DELETE', path, { deleteSnapshots: ['nope'] });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/deleteSnapshots']);
    const twice = await virtgate.rest('DELETE', `${path}?disks=keep`, { deleteSnapshots: ['goes'] });
    expect([twice.status, twice.body.code]).toEqual([400, 'request.invalid']);
    await done('DELETE', '/vms/two', { keepDisks: ['two-root'], deleteSnapshots: ['goes'] });
    expect(await names('snapshots')).toEqual(['stays']);
    expect(await names('disks')).toContain('two-root');
  }, 120_000);

  it('is nothing while the machine is protected, at any door and in the cluster itself', async () => {
    await done('POST', '/vms', {
      name: 'dear',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '64Mi' },
    });
    const admin = ClusterAdmin.of(virtgate.kubeconfig);
    const { namespace } = (await virtgate.rest('GET', '/projects/demo')).body;
    const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines/dear`;
    const label = async (): Promise<string | undefined> =>
      (await admin.call('GET', path)).metadata.labels?.['kubevirt.io/vm-delete-protection'];
    const protection = async (): Promise<boolean> =>
      (await virtgate.rest('GET', '/projects/demo/vms/dear')).body.deleteProtection;

    await done('PATCH', '/vms/dear', { deleteProtection: true });
    expect([await protection(), await label()]).toEqual([true, 'true']);
    const refused = await virtgate.rest('DELETE', '/projects/demo/vms/dear');
    expect([refused.status, refused.body.code]).toEqual([409, 'vm.delete_protected']);
    const { body } = await virtgate.graphqlAnswer(
      'mutation { deleteVirtualMachine(input: { project: "demo", name: "dear" }) { operation { id } } }',
    );
    expect(body.errors[0].extensions.code).toBe('vm.delete_protected');
    const kubectl = await admin.call('DELETE', path);
    expect([kubectl.code, kubectl.reason]).toEqual([422, 'Invalid']);
    expect(kubectl.message).toContain('VirtualMachine dear cannot be deleted');

    const unset = await virtgate.graphql(
      'mutation { updateVirtualMachine(input: { project: "demo", name: "dear", deleteProtection: false }) { operation { id } } }',
    );
    expect((await virtgate.settled(unset.updateVirtualMachine.operation)).state).toBe('SUCCEEDED');
    expect([await protection(), await label()]).toEqual([false, undefined]);
    // As the OpenShift console writes it.
    const body2 = { metadata: { labels: { 'kubevirt.io/vm-delete-protection': 'True' } } };
    await admin.call('PATCH', path, body2, 'application/merge-patch+json');
    await until('virtgate sees it', protection);
    await done('PATCH', '/vms/dear', { deleteProtection: false });
    await done('DELETE', '/vms/dear');
    admin.close();
  }, 120_000);
});
