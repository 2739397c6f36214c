import { type Json, until, Virtgate } from '../support/virtgate.js';

describe('the trash of a project', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    await done('POST', '/vms', {
      name: 'web',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '64Mi' },
      labels: { tier: 'gold' },
    });
    await done('POST', '/vms/web/snapshots', { name: 'before' });
  }, 240_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const call = (method: string, path: string, body?: unknown) =>
    virtgate.rest(method, `/projects/demo${path}`, body);
  const done = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await call(method, path, body);
    expect([answer.status, answer.body.code]).toEqual([202, undefined]);
    const operation = await virtgate.settled(answer.body);
    expect([operation.state, operation.error]).toEqual(['SUCCEEDED', null]);
    return operation;
  };
  const refused = async (method: string, path: string, body?: unknown): Promise<[number, string]> => {
    const answer = await call(method, path, body);
    return [answer.status, answer.body.code];
  };
  const names = async (what: string): Promise<string[]> =>
    (await call('GET', `/${what}`)).body.items.map(({ name }: Json) => name);

  it('is off until the project turns it on, over either door', async () => {
    expect((await call('GET', '')).body.trash).toBeNull();
    const wrong = await call('PATCH', '', { trash: { retention: '2w' } });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/trash/retention']);
    expect((await call('PATCH', '', { trash: { retention: '7d' } })).body.trash).toEqual({ retention: '7d' });
    const { updateProject } = await virtgate.graphql(`mutation {
      updateProject(input: { project: "demo", trash: { retention: "36h" } }) { project { trash { retention } } } }`);
    expect(updateProject.project.trash).toEqual({ retention: '36h' });
  });

  it('takes a machine that is deleted, stops it and shows it nowhere else', async () => {
    const [disk] = (await call('GET', '/vms/web')).body.disks;
    const { kind, result } = await done('DELETE', '/vms/web', { deleteSnapshots: ['before'] });
    expect([kind, result.trash]).toEqual(['vm.trash', true]);
    expect(await names('vms')).toEqual([]);
    const { body } = await call('GET', '/trash');
    expect(body).toMatchObject({
      total: 1,
      items: [
        {
          name: 'web',
          deletedBy: { name: 'admin' },
          runStrategy: 'Always',
          stopping: false,
          disks: [{ name: 'web-root', size: disk.size, onPurge: 'delete' }],
          snapshots: ['before'],
          labels: { tier: 'gold' },
        },
      ],
    });
    const [item] = body.items;
    expect(Date.parse(item.purgeAt) - Date.parse(item.deletedAt)).toBe(36 * 3600_000);
    const { project } = await virtgate.graphql(`{ project(name: "demo") {
      virtualMachine(name: "web") { name } virtualMachines { totalCount }
      trashedVirtualMachines(q: "we") { nodes { id uid name purgeAt deletedBy { name } disks { name size onPurge } } } } }`);
    expect(project).toMatchObject({
      virtualMachine: null,
      virtualMachines: { totalCount: 0 },
      trashedVirtualMachines: { nodes: [{ uid: item.id, purgeAt: item.purgeAt, disks: item.disks }] },
    });
    const { id } = project.trashedVirtualMachines.nodes[0];
    expect((await virtgate.graphql(`{ node(id: "${id}") { __typename } }`)).node).toEqual({
      __typename: 'TrashedVirtualMachine',
    });
  }, 120_000);

  it('lets nothing be done to it but be brought back or purged, and keeps its name', async () => {
    const blank = { name: 'web', cpus: 1, memory: '64Mi', bootDisk: { blank: true, size: '64Mi' } };
    await done('POST', '/disks', { name: 'spare', size: '16Mi', source: { blank: {} } });
    expect(await refused('POST', '/vms/web/start', {})).toEqual([404, 'vm.not_found']);
    expect(await refused('PATCH', '/vms/web', { cpus: 2 })).toEqual([404, 'vm.not_found']);
    expect(await refused('POST', '/vms/web/disks', { disk: 'spare' })).toEqual([404, 'vm.not_found']);
    expect(await refused('POST', '/vms/web/snapshots', { name: 'x' })).toEqual([404, 'vm.not_found']);
    expect((await refused('POST', '/vms/web/clone', { name: 'twin' }))[0]).toBe(404);
    expect(await refused('POST', '/vms/web/console-sessions', { type: 'serial' })).toEqual([
      404,
      'vm.not_found',
    ]);
    expect(await refused('POST', '/snapshots/before/restore', {})).toEqual([409, 'vm.in_trash']);
    expect(await refused('POST', '/snapshots/before/restore', { newName: 'web' })).toEqual([
      409,
      'vm.in_trash',
    ]);
    expect(await refused('POST', '/vms', blank)).toEqual([409, 'vm.in_trash']);
    expect((await refused('DELETE', '/disks/web-root'))[0]).toBe(409);
    const stranger = await virtgate.strangerToken();
    for (const path of ['', '/web']) {
      const hidden = await virtgate.rest('GET', `/projects/demo/trash${path}`, undefined, {
        authorization: `Bearer ${stranger}`,
      });
      expect(hidden.status).toBe(404);
    }
  }, 120_000);

  it('gives nothing back that the quota has no room to run', async () => {
    const quota = (runningVms: number | null) =>
      virtgate.rest('PUT', '/projects/demo/quota', { limits: { runningVms } });
    expect((await quota(0)).status).toBe(200);
    const answer = await call('POST', '/trash/web/undelete');
    expect([answer.status, answer.body.code]).toEqual([expect.any(Number), 'quota.exceeded']);
    expect(await names('trash')).toEqual(['web']);
    expect((await quota(null)).status).toBe(200);
  }, 60_000);

  it('gives it back as it was, whoever dies meanwhile', async () => {
    const { id } = (await call('GET', '/trash/web')).body;
    const { body } = await call('POST', '/trash/web/undelete');
    await virtgate.killAndAwaitRestart('worker');
    expect((await virtgate.settled(body)).state).toBe('SUCCEEDED');
    await until('it runs again', async () => (await call('GET', '/vms/web')).body.state === 'Running');
    expect((await call('GET', '/vms/web')).body).toMatchObject({
      id,
      runStrategy: 'Always',
      labels: { tier: 'gold' },
      disks: [{ claim: 'web-root' }],
    });
    expect(await names('trash')).toEqual([]);
    expect(await refused('POST', '/trash/web/undelete')).toEqual([404, 'trash.not_found']);
  }, 120_000);

  it('is no way around delete protection', async () => {
    await done('PATCH', '/vms/web', { deleteProtection: true });
    expect(await refused('DELETE', '/vms/web')).toEqual([409, 'vm.delete_protected']);
    await done('PATCH', '/vms/web', { deleteProtection: false });
  }, 60_000);

  it('is emptied by hand over GraphQL, with the snapshots that were chosen and the disks', async () => {
    await done('DELETE', '/vms/web?snapshots=delete');
    const { purgeVirtualMachine } = await virtgate.graphql(
      'mutation { purgeVirtualMachine(input: { project: "demo", name: "web" }) { operation { id kind state } } }',
    );
    expect((await virtgate.settled(purgeVirtualMachine.operation)).state).toBe('SUCCEEDED');
    expect([await names('trash'), await names('snapshots'), await names('disks')]).toEqual([
      [],
      [],
      ['spare'],
    ]);
    await done('POST', '/vms', {
      name: 'web',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '64Mi' },
    });
    await done('DELETE', '/vms/web?permanently=true');
    expect([await names('vms'), await names('trash')]).toEqual([[], []]);
  }, 120_000);
});
