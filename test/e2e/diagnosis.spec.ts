import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith } from '../support/machines.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const MIB = 1024 * 1024;
const CORE = '/api/v1';
const KUBEVIRT = '/apis/kubevirt.io/v1';
const SNAPSHOT = '/apis/snapshot.kubevirt.io/v1beta1';

const blank = { blank: {} };
/** As somebody would apply it with kubectl, past all of virtgate's checks. */
const machine = (name: string, more: Json = {}, spec: Json = {}): Json => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name },
  spec: {
    runStrategy: 'Always',
    template: {
      spec: {
        domain: { devices: {}, memory: { guest: '64Mi' } },
        terminationGracePeriodSeconds: 0,
        ...more,
      },
    },
    ...spec,
  },
});
const withDisk = (name: string, source: Json, storage: Json = {}, spec: Json = {}): Json => {
  const disk = `${name}-root`;
  return machine(
    name,
    { volumes: [{ name: 'root', dataVolume: { name: disk } }] },
    {
      dataVolumeTemplates: [
        {
          metadata: { name: disk },
          spec: { source, storage: { resources: { requests: { storage: '32Mi' } }, ...storage } },
        },
      ],
      ...spec,
    },
  );
};

/** What keeps machines from running is brought about in the sandbox, and told for what it is. */
describeWith(['qemu-img'], 'the diagnosis of a machine', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'virtgate-diagnosis-'));
  let virtgate: Virtgate;
  let admin: ClusterAdmin;
  let images: ImageServer;
  let namespace: string;

  beforeAll(async () => {
    writeFileSync(join(scratch, 'image.img'), randomBytes(16 * MIB));
    images = await ImageServer.start(join(scratch, 'image.img'));
    virtgate = await Virtgate.start({
      env: { SANDBOX_DRIVER: 'simulated', IMPORT_ALLOWED_HOSTS: images.host },
    });
    admin = ClusterAdmin.of(virtgate.kubeconfig);
    const { items } = await admin.call('GET', `${CORE}/namespaces`);
    namespace = items
      .map(({ metadata }: Json) => metadata.name)
      .find((name: string) => name.startsWith('vg-demo-'));
  }, 240_000);

  afterAll(async () => {
    admin?.close();
    await virtgate?.stop();
    await images?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  const make = async (group: string, plural: string, object: Json): Promise<void> => {
    const made = await admin.call('POST', `${group}/namespaces/${namespace}/${plural}`, object);
    expect([object.metadata.name, made.kind, made.message]).toEqual([
      object.metadata.name,
      object.kind,
      undefined,
    ]);
  };
  const patch = (path: string, body: Json) => admin.call('PATCH', path, body, 'application/merge-patch+json');
  const diagnosis = (name: string) => virtgate.rest('GET', `/projects/demo/vms/${name}/diagnosis`);
  const found = (body: Json, code: string): Json => body.causes?.find((cause: Json) => cause.code === code);
  const isTold = async (name: string, code: string): Promise<Json> => {
    let last: Json;
    await until(
      `${name} is told as ${code}`,
      async () => {
        last = (await diagnosis(name)).body;
        return found(last, code);
      },
      90_000,
      () => JSON.stringify(last),
    );
    const cause = found(last, code);
    expect(cause).toEqual({
      code,
      severity: expect.stringMatching(/^(error|warning|info)$/),
      state: expect.stringMatching(/^(failing|in_progress|noted)$/),
      summary: expect.stringMatching(/\.$/),
      detail: expect.stringMatching(/\w/),
      whatToDo: expect.stringMatching(/\.$/),
      since: cause.since === null ? null : expect.stringMatching(/^\d{4}-.*Z$/),
      objects: expect.arrayContaining([{ kind: expect.any(String), name: expect.any(String) }]),
    });
    return last;
  };

  it('names what keeps each of many from running', async () => {
    const { origin } = images;
    const claim = (name: string, of: string) =>
      machine(name, { volumes: [{ name: 'root', persistentVolumeClaim: { claimName: of } }] });
    const http = (path: string, more: Json = {}) => ({ http: { url: `${origin}${path}`, ...more } });
    const digest = `sha256:${'0'.repeat(64)}`;
    const cases: [code: string, object: Json][] = [
      ['scheduling.memory', machine('huge', { domain: { devices: {}, memory: { guest: '4000Gi' } } })],
      ['scheduling.placement', machine('picky', { nodeSelector: { zone: 'moon' } })],
      ['instance.claim_missing', claim('diskless', 'nowhere')],
      [
        'instance.image_pull',
        machine('pulled', { volumes: [{ name: 'root', containerDisk: { image: 'quay.io/no/such:one' } }] }),
      ],
      [
        'instance.secret_missing',
        machine('secretive', {
          volumes: [{ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'nothing' } } }],
        }),
      ],
      ['disk.import_unavailable', withDisk('gone', http('/none.img'))],
      ['disk.import_damaged', withDisk('damaged', http('/image.img', { checksum: digest }))],
      [
        'disk.import_too_large',
        withDisk('narrow', http('/image.img'), { resources: { requests: { storage: '4Mi' } } }),
      ],
      ['disk.source_gone', withDisk('copied', { pvc: { name: 'golden', namespace } })],
      ['disk.waits_for_content', withDisk('awaited', { upload: {} })],
      [
        'disk.waits_for_first_use',
        withDisk('lazy', blank, { storageClassName: 'sandbox-plain' }, { runStrategy: 'Halted' }),
      ],
      ['machine.off', withDisk('idle', blank, {}, { runStrategy: 'Halted' })],
      ['instance.no_agent', withDisk('mute', blank)],
      [
        'instance.not_migratable',
        withDisk('fixed', blank, { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' }),
      ],
    ];
    await Promise.all(cases.map(([, object]) => make(KUBEVIRT, 'virtualmachines', object)));
    // What is tried again and again is in between for moments: so what was told is looked at, and not asked for anew.
    const told = new Map<string, Json>();
    for (const [code, { metadata }] of cases) told.set(metadata.name, await isTold(metadata.name, code));

    const gone = found(told.get('gone'), 'disk.import_unavailable');
    expect(gone).toMatchObject({
      severity: 'error',
      state: 'failing',
      detail: expect.stringMatching(/gone-root.*404/),
      objects: expect.arrayContaining([{ kind: 'DataVolume', name: 'gone-root' }]),
    });
    const diskless = found(told.get('diskless'), 'instance.claim_missing');
    expect(diskless.objects).toContainEqual({ kind: 'PersistentVolumeClaim', name: 'nowhere' });
    let idle: Json;
    await until(
      'one that is off is fine',
      async () => {
        idle = (await diagnosis('idle')).body;
        return idle.state === 'fine' && idle.causes.length === 1;
      },
      90_000,
      () => JSON.stringify(idle),
    );
    expect(idle.causes).toMatchObject([{ code: 'machine.off', state: 'noted' }]);
  }, 240_000);

  it('tells what happens to those that ran', async () => {
    const vm = (name: string) => `${KUBEVIRT}/namespaces/${namespace}/virtualmachines/${name}`;
    for (const name of ['held', 'frail']) await make(KUBEVIRT, 'virtualmachines', withDisk(name, blank));
    const runs = (name: string) =>
      until(
        `${name} runs`,
        async () => (await virtgate.rest('GET', `/projects/demo/vms/${name}`)).body.state === 'Running',
        90_000,
      );
    for (const name of ['held', 'frail']) await runs(name);

    // A restore that waits for a machine that runs.
    await make(SNAPSHOT, 'virtualmachinesnapshots', {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: { name: 'before' },
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'held' } },
    });
    await until('the snapshot is ready', async () => {
      const snapshot = await admin.call(
        'GET',
        `${SNAPSHOT}/namespaces/${namespace}/virtualmachinesnapshots/before`,
      );
      return snapshot.status?.readyToUse === true;
    });
    await make(SNAPSHOT, 'virtualmachinerestores', {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineRestore',
      metadata: { name: 'back' },
      spec: {
        target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'held' },
        virtualMachineSnapshotName: 'before',
      },
    });
    const restoring = await isTold('held', 'machine.restore');
    expect(found(restoring, 'machine.restore')).toMatchObject({
      state: 'in_progress',
      objects: [{ name: 'back' }, { name: 'held' }],
    });

    const paused = await virtgate.rest('POST', '/projects/demo/vms/frail/pause', {});
    expect((await virtgate.settled(paused.body)).state).toBe('SUCCEEDED');
    await isTold('frail', 'instance.paused');
    await patch(vm('frail'), { spec: { template: { spec: { domain: { cpu: { cores: 2 } } } } } });
    const frail = await isTold('frail', 'machine.restart_required');
    expect(frail.state).toBe('attention');
  }, 240_000);

  it('tells of the project and the nodes', async () => {
    await make(CORE, 'resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tight' },
      spec: { hard: { 'requests.memory': '1Mi', 'requests.storage': '1Mi' } },
    });
    await make(KUBEVIRT, 'virtualmachines', machine('crowded'));
    await make(KUBEVIRT, 'virtualmachines', withDisk('cramped', blank));
    const crowded = await isTold('crowded', 'instance.quota_exceeded');
    expect(found(crowded, 'instance.quota_exceeded').detail).toContain('exceeded quota: tight');
    await isTold('cramped', 'disk.quota_exceeded');
    await admin.call('DELETE', `${CORE}/namespaces/${namespace}/resourcequotas/tight`);

    const { items } = await admin.call('GET', `${CORE}/nodes`);
    for (const { metadata } of items)
      await patch(`${CORE}/nodes/${metadata.name}`, { spec: { unschedulable: true } });
    await make(KUBEVIRT, 'virtualmachines', machine('outside'));
    await isTold('outside', 'scheduling.nodes_closed');
    const mute = await isTold('mute', 'node.closed');
    const { node } = (await virtgate.rest('GET', '/projects/demo/vms/mute')).body;
    expect(found(mute, 'node.closed').objects[0]).toEqual({ kind: 'Node', name: node });
    const stopped = await admin.call('POST', '/sandbox/faults', { stopNodes: [node], lostAfterSeconds: 1 });
    expect(stopped.message).toBeUndefined();
    await isTold('mute', 'node.lost');
  }, 240_000);

  it('answers alike over GraphQL, and another tenant nothing', async () => {
    const query = `query ($name: String!) { project(name: "demo") { virtualMachine(name: $name) { diagnosis {
      state summary observedAt
      causes { code severity state summary detail whatToDo since objects { kind name } }
    } } } }`;
    // Nothing goes on with it.
    const { observedAt, ...rest } = (await diagnosis('idle')).body;
    const told = (await virtgate.graphql(query, { name: 'idle' })).project.virtualMachine.diagnosis;
    expect(told).toEqual({ ...rest, observedAt: expect.any(String) });
    expect(rest.causes).not.toEqual([]);
    expect(Date.parse(observedAt)).not.toBeNaN();

    const stranger = await virtgate.strangerToken();
    const foreign = await virtgate.rest('GET', '/projects/demo/vms/gone/diagnosis', undefined, {
      authorization: `Bearer ${stranger}`,
    });
    expect(foreign.status).toBe(404);
    const nobody = await diagnosis('nobody');
    expect([nobody.status, nobody.body.code]).toEqual([404, 'vm.not_found']);
  }, 60_000);
});
