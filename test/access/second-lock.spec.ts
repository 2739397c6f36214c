import { AccessContract } from '../../src/features/access/access.contract.js';
import { AccessAuthority } from '../../src/features/access/access-authority.js';
import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import type { Principal } from '../../src/kernel/principal.js';
import { ClusterClient, type Impersonation } from '../../src/platform/cluster/cluster-client.js';
import {
  PERSISTENT_VOLUME_CLAIM,
  SECRET,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_EXPORT,
  VIRTUAL_MACHINE_SNAPSHOT,
} from '../../src/platform/cluster/kinds.js';
import { Product, until } from './product.js';

/** virtgate's own check put out of action: what is left is the cluster's. */
describe('the second lock', () => {
  let product: Product;
  let cluster: ClusterClient;
  let admin: string;
  let mallory: Principal;
  const refs = new Map<
    string,
    { id: string; name: string; tenantId: string; tenant: string; namespace: string }
  >();

  beforeAll(async () => {
    product = await Product.start();
    admin = await product.app.get(Bootstrap, { strict: false }).ensureDemo(product);
    cluster = product.app.get(ClusterClient, { strict: false });
    for (const [tenant, project] of [
      ['acme', 'shop'],
      ['rival', 'store'],
    ] as const) {
      await product.rest(admin, 'POST', '/tenants', { name: tenant });
      await product.rest(admin, 'POST', `/tenants/${tenant}/projects`, { name: project });
      await until(`${project} is Active`, async () => {
        const { body } = await product.rest(admin, 'GET', `/projects/${project}`);
        refs.set(project, {
          ...body,
          tenantId: (await product.rest(admin, 'GET', `/tenants/${tenant}`)).body.id,
        });
        return body.state === 'Active';
      });
    }
    const path = '/tenants/rival/service-accounts';
    await product.rest(admin, 'POST', path, { name: 'mallory', bindings: [{ role: 'admin' }] });
    const made = await product.rest(admin, 'POST', `${path}/mallory/tokens`, { name: 't', expiresIn: '1h' });
    mallory = await product.app.get(AccessAuthority, { strict: false }).authenticate(made.body.token);
    for (const [project, namespace] of [...refs].map(([name, { namespace }]) => [name, namespace] as const)) {
      await product.cluster.create(PERSISTENT_VOLUME_CLAIM, namespace, {
        metadata: { name: `disk-of-${project}` },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
      });
      await product.cluster.create(SECRET, namespace, {
        metadata: { name: 'credentials' },
        stringData: { password: 'canary' },
      });
    }
  }, 90_000);

  afterAll(async () => {
    await product?.stop();
  }, 30_000);

  const ref = (project: string) => refs.get(project) as NonNullable<ReturnType<typeof refs.get>>;
  const machine = (name: string) => ({
    metadata: { name },
    spec: {
      runStrategy: 'Halted',
      template: {
        spec: { domain: { memory: { guest: '128Mi' }, devices: {} }, terminationGracePeriodSeconds: 0 },
      },
    },
  });

  /** All that a tenant's admin does in a namespace, tried in one of them. */
  const deeds = (
    as: Impersonation,
    namespace: string,
    project: string,
  ): [string, () => Promise<unknown>][] => [
    ['make a machine', () => cluster.create(VIRTUAL_MACHINE, namespace, machine('m'), { as })],
    [
      'change a machine',
      () =>
        cluster.patch(
          VIRTUAL_MACHINE,
          namespace,
          'm',
          { type: 'merge', body: { metadata: { labels: { a: 'b' } } } },
          { as },
        ),
    ],
    [
      'start a machine',
      () => cluster.subresource(namespace, 'virtualmachines', 'm', 'start', { body: {}, as }),
    ],
    [
      'take a snapshot',
      () =>
        cluster.create(
          VIRTUAL_MACHINE_SNAPSHOT,
          namespace,
          {
            metadata: { name: 's' },
            spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'm' } },
          },
          { as },
        ),
    ],
    [
      'export a disk',
      () =>
        cluster.create(
          VIRTUAL_MACHINE_EXPORT,
          namespace,
          {
            metadata: { name: 'e' },
            spec: { source: { apiGroup: '', kind: 'PersistentVolumeClaim', name: `disk-of-${project}` } },
          },
          { as },
        ),
    ],
    ['delete a disk', () => cluster.delete(PERSISTENT_VOLUME_CLAIM, namespace, `disk-of-${project}`, { as })],
    ['delete a machine', () => cluster.delete(VIRTUAL_MACHINE, namespace, 'm', { as })],
  ];
  const outcomeOf = (deed: () => Promise<unknown>): Promise<string> =>
    deed().then(
      () => 'done',
      (error) => error.code,
    );

  it('lets a tenant’s admin do its own, and refuses each of it in the namespace of another tenant', async () => {
    const as = product.app.get(AccessContract, { strict: false }).impersonationOf(mallory, ref('store'));
    expect(as.groups).toEqual(['virtgate:project:store:admin']);
    await product.cluster.create(VIRTUAL_MACHINE, ref('shop').namespace, machine('m'));
    for (const [what, deed] of deeds(as, ref('shop').namespace, 'shop')) {
      expect([what, await outcomeOf(deed)]).toEqual([what, 'cluster.forbidden']);
    }
    for (const [what, deed] of deeds(as, ref('store').namespace, 'store')) {
      const outcome = await outcomeOf(deed);
      expect([what, outcome]).toEqual([what, expect.not.stringMatching(/forbidden/)]);
    }
    // And what is there of the other tenant is as it was.
    expect(
      await product.cluster.get(PERSISTENT_VOLUME_CLAIM, ref('shop').namespace, 'disk-of-shop'),
    ).toBeTruthy();
    expect(
      (await product.cluster.get(VIRTUAL_MACHINE, ref('shop').namespace, 'm')).metadata.labels?.a,
    ).toBeUndefined();
  }, 60_000);

  it('shows a Secret to nobody: no tenant, and not to virtgate itself', async () => {
    const { namespace } = ref('store');
    // A tenant's user may read nothing directly; virtgate's own identity has no right to secrets at all.
    expect(await outcomeOf(() => cluster.get(SECRET, namespace, 'credentials'))).toBe('cluster.forbidden');
  });

  it('has no name for whom virtgate knows no right in the project, whatever let it through', async () => {
    const contract = product.app.get(AccessContract, { strict: false });
    expect(() => contract.impersonationOf(mallory, ref('shop'))).toThrow(/no rights/);
    const requester = { type: mallory.type, id: mallory.id, tokenId: mallory.tokenId };
    await expect(contract.impersonationFor(requester, ref('shop'), 'vms:create')).rejects.toMatchObject({
      code: 'auth.forbidden',
    });
  });

  it('holds when the check at the doors lets everybody through', async () => {
    const authority = product.app.get(AccessAuthority, { strict: false });
    Object.assign(authority, { project: async () => ref('shop') });
    try {
      const forged: Principal = { ...mallory, bindings: mallory.bindings };
      expect((await authority.project(forged, 'shop', 'vms:create')).name).toBe('shop');
      // The identity that the commands take to the cluster is worked out from the rights, not from the door.
      expect(() => authority.impersonationOf(forged, ref('shop'))).toThrow(/no rights/);
      const as = { user: `virtgate:service-account:${mallory.id}`, groups: ['virtgate:project:store:admin'] };
      for (const [what, deed] of deeds(as, ref('shop').namespace, 'shop')) {
        expect([what, await outcomeOf(deed)]).toEqual([what, 'cluster.forbidden']);
      }
    } finally {
      Reflect.deleteProperty(authority, 'project');
    }
  });

  it('lets virtgate itself write no machine, and impersonate nobody of the system', async () => {
    const { namespace } = ref('shop');
    expect(await outcomeOf(() => cluster.create(VIRTUAL_MACHINE, namespace, machine('own')))).toBe(
      'cluster.forbidden',
    );
    for (const as of [
      { user: 'system:admin', groups: [] },
      { user: 'x', groups: ['system:masters'] },
    ]) {
      const outcome = await outcomeOf(() =>
        cluster.create(VIRTUAL_MACHINE, namespace, machine('own'), { as }),
      );
      expect([as, outcome]).toEqual([as, expect.not.stringMatching(/^done$/)]);
    }
  });
});
