import { type Json, until, Virtgate } from '../support/virtgate.js';

describe('snapshots, restores and clones', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
  }, 180_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const get = async (path: string): Promise<Json> =>
    (await virtgate.rest('GET', `/projects/demo${path}`)).body;
  const done = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await virtgate.rest(method, `/projects/demo${path}`, body);
    expect([answer.status, answer.body.code]).toEqual([202, undefined]);
    const operation = await virtgate.settled(answer.body);
    expect([operation.state, operation.error]).toEqual(['SUCCEEDED', null]);
    return operation;
  };
  const mac = async (vm: string): Promise<string> => (await get(`/vms/${vm}`)).interfaces[0].mac;

  it('takes a snapshot of a running machine and says how good it is', async () => {
    await done('POST', '/vms', {
      name: 'web',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '1Gi' },
      userData: '#cloud-config\n{}\n',
    });
    await done('POST', '/vms/web/snapshots', { name: 's1', failureDeadline: '1m' });
    expect(await get('/snapshots/s1')).toMatchObject({
      state: 'Succeeded',
      ready: true,
      virtualMachine: 'web',
      consistency: 'crash',
      size: '1Gi',
      volumes: [{ claim: 'web-root', size: '1Gi', ready: true }],
    });
    expect((await virtgate.rest('POST', '/projects/demo/vms/web/snapshots', { name: 's1' })).body.code).toBe(
      'snapshot.exists',
    );
    const { project } = await virtgate.graphql(
      '{ project(name: "demo") { virtualMachine(name: "web") { snapshots { nodes { name consistency } } } } }',
    );
    expect(project.virtualMachine.snapshots.nodes).toEqual([{ name: 's1', consistency: 'crash' }]);
  }, 120_000);

  it('restores in place with a safety snapshot, and lets the machine run again', async () => {
    const { id } = await get('/vms/web');
    const { result } = await done('POST', '/snapshots/s1/restore', { safetySnapshot: true, force: true });
    expect(await get('/vms/web')).toMatchObject({ id, state: 'Running', runStrategy: 'Always' });
    expect(await get(`/snapshots/${result.safetySnapshot}`)).toMatchObject({ ready: true });
  }, 120_000);

  it('clones, with another identity', async () => {
    const { result } = await done('POST', '/vms/web/clone', { name: 'twin', start: true });
    expect(result).toMatchObject({ name: 'twin', method: 'snapshot', fallbackReason: null });
    expect(await get('/vms/twin')).toMatchObject({ state: 'Running' });
    expect(await mac('twin')).not.toBe(await mac('web'));
  }, 120_000);

  it('restores to a new machine after the original is gone, cloud-init secret and all', async () => {
    await done('DELETE', '/vms/web');
    const refused = await virtgate.rest('POST', '/projects/demo/snapshots/s1/restore', {});
    expect([refused.status, refused.body.code]).toEqual([409, 'restore.machine_gone']);
    await done('POST', '/snapshots/s1/restore', { newName: 'again', start: true });
    expect(await get('/vms/again')).toMatchObject({ state: 'Running' });
    expect(await mac('again')).not.toBe(await mac('twin'));
    // It still finds the cloud-init data of the machine that it was cloned from.
    await done('POST', '/vms/twin/restart', { force: true });
  }, 120_000);

  it('deletes the snapshot over GraphQL', async () => {
    const { deleteSnapshot } = await virtgate.graphql(
      'mutation { deleteSnapshot(input: { project: "demo", name: "s1" }) { operation { state } } }',
    );
    expect(deleteSnapshot.operation.state).toBe('PENDING');
    await until(
      'the snapshot is gone',
      async () => (await virtgate.rest('GET', '/projects/demo/snapshots/s1')).status === 404,
    );
  }, 120_000);
});
