import { type Json, Virtgate } from '../support/virtgate.js';

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
    const { body } = await virtgate.rest('GET', '/projects/demo/vms/web/associated-resources');
    expect(body).toMatchObject({
      disks: [{ name: 'web-root', size: '64Mi', own: true, onDelete: 'delete', usedBy: [] }],
      snapshots: [{ name: 'before', size: '64Mi', onDelete: 'keep' }],
      exports: [],
    });
    const { project } = await virtgate.graphql(`{ project(name: "demo") { virtualMachine(name: "web") {
      associatedResources { virtualMachine deleteProtection running
        disks { name size own onDelete usedBy } snapshots { name ready createdAt size onDelete }
        exports { name source sourceName survives } } } } }`);
    expect(project.virtualMachine.associatedResources).toEqual(body);

    const wrong = await virtgate.rest('DELETE', '/projects/demo/vms/web?keepDisk=nope');
    expect([wrong.status, wrong.body.code]).toEqual([400, 'request.invalid']);
    await done('DELETE', '/vms/web?keepDisk=web-root&snapshots=delete');
    expect(await names('vms')).toEqual([]);
    expect(await names('snapshots')).toEqual([]);
    expect(await names('disks')).toEqual(['web-root']);
  }, 120_000);
});
