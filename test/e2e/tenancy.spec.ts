import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const MINUTE = 60_000;

describe('projects that come and go', () => {
  let virtgate: Virtgate;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    expect((await virtgate.rest('POST', '/tenants', { name: 'acme' })).status).toBe(201);
  }, 240_000);

  afterAll(async () => {
    await virtgate?.stop();
  }, 60_000);

  const project = async (name: string): Promise<Json> =>
    (await virtgate.rest('GET', `/projects/${name}`)).body;
  const create = async (name: string): Promise<Json> => {
    expect((await virtgate.rest('POST', '/tenants/acme/projects', { name })).status).toBe(201);
    await until(`project ${name} is there`, async () => (await project(name)).state === 'Active');
    return project(name);
  };
  const done = async ({ status, body }: { status: number; body: Json }): Promise<void> => {
    expect([status, body.code]).toEqual([202, undefined]);
    const operation = await virtgate.settled(body);
    expect([operation.kind, operation.state]).toEqual([operation.kind, 'SUCCEEDED']);
  };
  const robot = async (account: string, name: string): Promise<Json> => {
    const path = '/tenants/acme/service-accounts';
    await virtgate.rest('POST', path, { name: account, bindings: [{ role: 'admin', project: name }] });
    const { body } = await virtgate.rest('POST', `${path}/${account}/tokens`, { name: 't', expiresIn: '1h' });
    return { authorization: `Bearer ${body.token}` };
  };

  it(
    'show what goes with them, wait until it is gone, and leave nothing to the next of their name',
    async () => {
      const first = await create('phoenix');
      const member = await robot('keeper', 'phoenix');
      const blank = { source: { blank: {} }, size: '64Mi' };
      await done(await virtgate.rest('POST', '/projects/phoenix/disks', { name: 'data', ...blank }));
      await done(
        await virtgate.rest('POST', '/projects/phoenix/vms', {
          name: 'web',
          cpus: 1,
          memory: '64Mi',
          start: false,
          bootDisk: { blank: true, size: '64Mi' },
        }),
      );
      expect((await virtgate.rest('PUT', '/projects/phoenix/quota', { limits: { vms: 1 } })).status).toBe(
        200,
      );
      const full = await virtgate.rest('DELETE', '/projects/phoenix');
      expect([full.status, full.body.code]).toEqual([409, 'project.not_empty']);
      expect(full.body.details).toEqual({
        virtualMachines: 1,
        disks: 2,
        images: 0,
        snapshots: 0,
        exports: 0,
      });
      await done(await virtgate.rest('DELETE', '/projects/phoenix/vms/web?disks=delete'));
      const goes = { virtualMachines: 0, disks: 1, images: 0, snapshots: 0, exports: 0 };
      await until('the gateway has seen it go', async () => {
        const dry = await virtgate.rest('DELETE', '/projects/phoenix?dryRun=true');
        return JSON.stringify(dry.body.deletes) === JSON.stringify(goes);
      });
      const { deleteProject } = await virtgate.graphql(
        `mutation { deleteProject(input: { project: "phoenix", dryRun: true }) {
           project { state } deletes { virtualMachines disks images snapshots exports } } }`,
      );
      expect(deleteProject.deletes).toEqual(goes);
      expect((await project('phoenix')).state).toBe('Active');

      // Something in it that takes its time: the project is shown until that is gone too.
      const cluster = ClusterAdmin.of(virtgate.kubeconfig);
      try {
        const path = `/api/v1/namespaces/${first.namespace}/configmaps`;
        const metadata = { name: 'slow', namespace: first.namespace, finalizers: ['example.org/slow'] };
        await cluster.call('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
        const gone = await virtgate.rest('DELETE', '/projects/phoenix');
        expect([gone.status, gone.body.deletes]).toEqual([202, goes]);
        await until('the namespace is on its way out', async () => {
          const namespace = await cluster.call('GET', `/api/v1/namespaces/${first.namespace}`);
          return namespace.status?.phase === 'Terminating';
        });
        expect((await project('phoenix')).state).toBe('Deleting');
        const early = await virtgate.rest('POST', '/tenants/acme/projects', { name: 'phoenix' });
        expect([early.status, early.body.code]).toEqual([409, 'project.exists']);
        const kept = await virtgate.rest('DELETE', '/tenants/acme');
        expect([kept.status, kept.body.code]).toEqual([409, 'tenant.not_empty']);
        expect(kept.body.details.projects).toContain('phoenix');
        const free = { metadata: { finalizers: null } };
        await cluster.call('PATCH', `${path}/slow`, free, 'application/merge-patch+json');
      } finally {
        cluster.close();
      }
      await until('the project is gone', async () => {
        return (await virtgate.rest('GET', '/projects/phoenix')).status === 404;
      });

      const second = await create('phoenix');
      expect(second.id).not.toBe(first.id);
      expect(second.namespace).not.toBe(first.namespace);
      for (const what of ['vms', 'disks', 'snapshots', 'members']) {
        const { body } = await virtgate.rest('GET', `/projects/phoenix/${what}`);
        expect([what, body.total]).toEqual([what, 0]);
      }
      const operations = await virtgate.rest('GET', '/operations?project=phoenix');
      expect([operations.status, operations.body.total]).toEqual([200, 0]);
      const quota = (await virtgate.rest('GET', '/projects/phoenix/quota')).body;
      expect(quota.limits).toEqual({});
      expect(quota.resources.disks).toEqual({ limit: null, used: 0, reserved: 0, available: null });
      // Who had rights in the old one has none in the new one.
      const stranger = await virtgate.rest('GET', '/projects/phoenix', undefined, member);
      expect([stranger.status, stranger.body.code]).toEqual([404, 'resource.not_found']);
    },
    4 * MINUTE,
  );
});
