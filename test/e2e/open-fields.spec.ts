import fc from 'fast-check';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

/** Says nothing about virtgate's own list: what no machine of a tenant may hold, as it stands in the cluster. */
const FORBIDDEN =
  /hostDisk|hostDevices|gpus|serviceAccount|hookSidecars|nodeSelector|tolerations|affinity|schedulerName|prePopulated|"secret"|__proto__|polluted/;

describe('what a tenant may put on a machine', () => {
  let virtgate: Virtgate;
  let cluster: ClusterAdmin;
  let machines: string;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    cluster = ClusterAdmin.of(virtgate.kubeconfig);
    const { items } = await cluster.call('GET', '/api/v1/namespaces');
    const found = items.find(({ metadata }: Json) => metadata.labels?.['virtgate.io/project'] === 'demo');
    machines = `/apis/kubevirt.io/v1/namespaces/${found.metadata.name}/virtualmachines`;
  }, 300_000);

  afterAll(async () => {
    cluster?.close();
    await virtgate?.stop();
  }, 60_000);

  const settled = async (path: string, body?: unknown): Promise<Json> => {
    const answer = await virtgate.rest('POST', path, body);
    expect([path, answer.status, answer.body.code]).toEqual([path, 202, undefined]);
    return virtgate.settled(answer.body);
  };
  const small = { cpus: 1, memory: '64Mi', bootDisk: { blank: true, size: '64Mi' }, start: false };

  it('refuses whatever a body holds beyond its fields, at any depth, and prototypes stay clean', async () => {
    expect((await settled('/projects/demo/vms', { name: 'plain', ...small })).state).toBe('SUCCEEDED');
    const doors: [string, string, Json][] = [
      ['POST', '/projects/demo/vms', { name: 'evil', ...small, firmware: { uefi: true } }],
      ['PATCH', '/projects/demo/vms/plain', { labels: {}, displayName: 'x' }],
      ['POST', '/projects/demo/vms/plain/clone', { name: 'evil' }],
      ['POST', '/projects/demo/snapshots/none/restore', { newName: 'evil' }],
      ['POST', '/projects/demo/vms/plain/disks', { disk: 'x' }],
    ];
    const key = fc.constantFrom(
      'spec',
      'template',
      'annotations',
      'nodeSelector',
      'hostDisk',
      'volumes',
      '__proto__',
      'constructor',
      'toString',
      'kubevirt.io/x',
    );
    const attempts = fc.sample(fc.tuple(fc.constantFrom(...doors), key, fc.boolean()), 40);
    const answers: [string, Answer][] = [];
    for (const [[method, path, body], name, deep] of attempts) {
      const text = JSON.stringify(body);
      const field = `${JSON.stringify(name)}:{"polluted":true,"hostDisk":{"path":"/"}}`;
      // As text: an object literal would lose "__proto__".
      const sent =
        deep && body.bootDisk
          ? text.replace('"bootDisk":{', `"bootDisk":{${field},`)
          : `{${field},${text.slice(1)}`;
      answers.push([`${method} ${path} ${sent}`, await virtgate.rest(method, path, sent)]);
    }
    for (const [asked, answer] of answers) expect([asked, answer.status]).toEqual([asked, 400]);
    const labels = ['kubevirt.io/domain', 'cdi.kubevirt.io/x', 'hooks.kubevirt.io/x', 'virtgate.io/trashed'];
    for (const label of labels) {
      const body = { labels: { [label]: 'x' } };
      const create = await virtgate.rest('POST', '/projects/demo/vms', { name: 'evil', ...small, ...body });
      const update = await virtgate.rest('PATCH', '/projects/demo/vms/plain', body);
      expect([label, create.status, update.status]).toEqual([label, 400, 400]);
    }
    const closed = { placement: { nodeSelector: { pool: 'reserved' } }, cpu: { model: 'host-passthrough' } };
    for (const [method, path, body] of [
      ['POST', '/projects/demo/vms', { name: 'evil', ...small, ...closed }],
      ['PATCH', '/projects/demo/vms/plain', closed],
    ] as const) {
      const { status, body: refusal } = await virtgate.rest(method, path, body);
      const pointers = refusal.errors?.map(({ pointer }: Json) => pointer);
      expect([path, status, refusal.code, pointers]).toEqual([
        path,
        422,
        'vm.not_open',
        ['/placement', '/cpu'],
      ]);
    }
    const { items } = await cluster.call('GET', machines);
    expect(items.map(({ metadata }: Json) => metadata.name)).toEqual(['plain']);
    expect(JSON.stringify(items)).not.toMatch(FORBIDDEN);
    expect(({} as Json).polluted).toBeUndefined();
  }, 120_000);

  it('does not copy what an administrator gave to a machine', async () => {
    const made = await cluster.call('POST', machines, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'special' },
      spec: {
        runStrategy: 'Halted',
        dataVolumeTemplates: [
          {
            metadata: { name: 'special-root' },
            spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } },
          },
        ],
        template: {
          metadata: { annotations: { 'hooks.kubevirt.io/hookSidecars': '[]' } },
          spec: {
            nodeSelector: { pool: 'reserved' },
            tolerations: [{ operator: 'Exists' }],
            domain: {
              devices: { gpus: [{ name: 'g', deviceName: 'vendor/gpu' }] },
              memory: { guest: '64Mi' },
            },
            volumes: [{ name: 'rootdisk', dataVolume: { name: 'special-root' } }],
          },
        },
      },
    });
    expect([made.kind, made.message]).toEqual(['VirtualMachine', undefined]);
    await until('virtgate sees it', async () => {
      const { body } = await virtgate.rest('GET', '/projects/demo/vms/special');
      return body.disks?.length > 0;
    });

    const clone = await settled('/projects/demo/vms/special/clone', { name: 'copy' });
    expect([clone.state, clone.error]).toEqual(['SUCCEEDED', null]);
    expect(clone.warnings.join(' ')).toMatch(/does not go along: .*nodeSelector/);
    const copy = JSON.stringify((await cluster.call('GET', `${machines}/copy`)).spec);
    expect(copy).not.toMatch(FORBIDDEN);
    expect(copy).toMatch(/copy-root/);

    const snapshot = await settled('/projects/demo/vms/special/snapshots', { name: 'before' });
    expect([snapshot.state, snapshot.error]).toEqual(['SUCCEEDED', null]);
    const toNew = await settled('/projects/demo/snapshots/before/restore', { newName: 'another' });
    expect([toNew.state, toNew.error?.code]).toEqual(['FAILED', 'vm.not_open']);
    expect((await cluster.call('GET', `${machines}/another`)).code).toBe(404);

    const inPlace = await settled('/projects/demo/snapshots/before/restore', {});
    expect([inPlace.state, inPlace.error]).toEqual(['SUCCEEDED', null]);
    const bare = [{ op: 'remove', path: '/spec/template/spec/domain/devices/gpus' }];
    await cluster.call('PATCH', `${machines}/special`, bare, 'application/json-patch+json');
    const again = await settled('/projects/demo/snapshots/before/restore', {});
    expect([again.state, again.error?.code]).toEqual(['FAILED', 'vm.not_open']);
    expect(again.error.message).toMatch(/devices\.gpus/);
    expect(again.error.message).not.toMatch(/nodeSelector/);

    await virtgate.rest('PATCH', '/projects/demo', { trash: { retention: '7d' } });
    const trashed = await virtgate.rest('DELETE', '/projects/demo/vms/special');
    expect((await virtgate.settled(trashed.body)).state).toBe('SUCCEEDED');
    const undeleted = await settled('/projects/demo/trash/special/undelete');
    expect([undeleted.state, undeleted.error?.code]).toEqual(['FAILED', 'vm.not_open']);
    expect((await virtgate.rest('GET', '/projects/demo/trash')).body.items).toHaveLength(1);
  }, 180_000);
});
