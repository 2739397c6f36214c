import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const GI = 2 ** 30;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the sandbox with simulated guests', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;

  async function up(options: Partial<SandboxOptions> = {}): Promise<void> {
    sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'simulated',
      logger: process.env.SANDBOX_LOG ? console_() : silent,
      ...options,
    });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
  }

  function console_() {
    const say = (fields: unknown, message: string) =>
      process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
    return { info: say, warn: say, error: say };
  }

  const images = async () =>
    (await readdir(join(directory, 'sandbox', 'disks')).catch(() => [])).filter((name) =>
      name.includes('.img'),
    );

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    await up();
  });

  afterEach(async () => {
    await sandbox.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  it('takes a machine through its life', async () => {
    expect(await client.call('POST', VMS, machine('one'))).toMatchObject({ code: 201 });
    const running = await client.until(
      () => client.get(`${VMS}/one`),
      (vm) => vm.status?.ready === true,
    );
    expect(running.status.printableStatus).toBe('Running');
    expect(running.metadata.finalizers).toEqual(['kubevirt.io/virtualMachineControllerFinalize']);
    const vmi = await client.get(`${VMIS}/one`);
    expect(vmi.status.phase).toBe('Running');
    expect(vmi.status.interfaces[0]).toMatchObject({ name: 'default', mac: expect.stringMatching(/^02:/) });
    expect(await images()).toHaveLength(1);

    expect((await client.call('PUT', `${ACTIONS}/virtualmachines/one/start`, {})).body).toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on virtualmachine.kubevirt.io "one": VM is already running',
    });
    expect(await client.call('PUT', `${ACTIONS}/virtualmachineinstances/one/pause`, {})).toMatchObject({
      code: 200,
    });
    await client.untilStatus('one', 'Paused');
    expect(await client.call('PUT', `${ACTIONS}/virtualmachineinstances/one/unpause`, {})).toMatchObject({
      code: 200,
    });
    await client.untilStatus('one', 'Running');

    expect(await client.call('PUT', `${ACTIONS}/virtualmachines/one/restart`, {})).toMatchObject({
      code: 202,
    });
    const second = await client.until(
      () => client.get(`${VMIS}/one`),
      (now) => now && now.metadata.uid !== vmi.metadata.uid && now.status?.phase === 'Running',
    );
    expect(second.status.interfaces[0].mac).toBe(vmi.status.interfaces[0].mac);
    const restarted = await client.untilStatus('one', 'Running');
    expect(restarted.status.stateChangeRequests).toBeUndefined();

    expect(await client.call('PUT', `${ACTIONS}/virtualmachines/one/stop`, {})).toMatchObject({ code: 202 });
    const stopped = await client.until(
      () => client.get(`${VMS}/one`),
      (vm) => vm.status.printableStatus === 'Stopped' && !vm.status.created,
    );
    expect(stopped.spec.runStrategy).toBe('Halted');
    expect(await client.get(`${VMIS}/one`)).toBeUndefined();
    expect((await client.get('/api/v1/namespaces/team/pods')).items).toEqual([]);

    await client.call('DELETE', `${VMS}/one`);
    await client.until(
      () => client.get(`${VMS}/one`),
      (vm) => vm === undefined,
    );
    await client.until(
      () => client.get('/api/v1/namespaces/team/persistentvolumeclaims'),
      (claims) => claims.items.length === 0,
    );
    expect(await images()).toEqual([]);
    expect((await client.get('/api/v1/persistentvolumes')).items).toEqual([]);
    const reasons = (await client.get('/api/v1/namespaces/team/events')).items.map(
      (one: Untyped) => one.reason,
    );
    expect(reasons).toEqual(
      expect.arrayContaining(['SuccessfulCreate', 'SuccessfulDelete', 'Scheduled', 'Started', 'Bound']),
    );
  });

  it('lets no more guests run than memory allows, and starts them when it is free again', async () => {
    await sandbox.stop({ detachGuests: false });
    await up({ capacity: { memoryBytes: 6 * GI, cpus: 6 } });
    for (const name of ['one', 'two', 'three', 'four', 'five']) await client.call('POST', VMS, machine(name));
    const statuses = () =>
      client.get(VMS).then((list) => list.items.map((vm: Untyped) => vm.status?.printableStatus).toSorted());
    await client.until(
      statuses,
      (seen) => seen.join() === 'ErrorUnschedulable,Running,Running,Running,Running',
    );
    const waiting = (await client.get(VMS)).items.find(
      (vm: Untyped) => vm.status.printableStatus === 'ErrorUnschedulable',
    );
    expect(
      waiting.status.conditions.find((condition: Untyped) => condition.type === 'PodScheduled').message,
    ).toMatch(/^0\/3 nodes are available: 3 Insufficient memory\./);
    const other = (await client.get(VMS)).items.find(
      (vm: Untyped) => vm.status.printableStatus === 'Running',
    );
    await client.call('PUT', `${ACTIONS}/virtualmachines/${other.metadata.name}/stop`, {});
    await client.untilStatus(waiting.metadata.name, 'Running');
  });

  it('finds its guests again after a restart that left them', async () => {
    await client.call('POST', VMS, machine('one'));
    await client.untilStatus('one', 'Running');
    const before = await client.get(`${VMIS}/one`);
    await sandbox.stop({ detachGuests: true });
    await up();
    await client.untilStatus('one', 'Running');
    const after = await client.get(`${VMIS}/one`);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.status.phase).toBe('Running');
  });

  it('boots its machines again after a restart that ended the guests', async () => {
    await client.call('POST', VMS, machine('one'));
    await client.untilStatus('one', 'Running');
    const before = await client.get(`${VMIS}/one`);
    await sandbox.stop({ detachGuests: false });
    await up();
    await client.until(
      () => client.get(`${VMIS}/one`),
      (vmi) => vmi && vmi.metadata.uid !== before.metadata.uid && vmi.status?.phase === 'Running',
    );
  });

  it('says which quota keeps a machine from starting, and starts it when there is room', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small', namespace: 'team' },
      spec: { hard: { 'requests.memory': '1Gi' } },
    };
    expect(await client.call('POST', '/api/v1/namespaces/team/resourcequotas', quota)).toMatchObject({
      code: 201,
    });
    await client.call('POST', VMS, machine('one'));
    const refused = await client.until(
      () => client.get(`${VMS}/one`),
      (vm) => vm.status?.conditions?.some((one: Untyped) => one.type === 'Synchronized'),
    );
    expect(refused.status.conditions.find((one: Untyped) => one.type === 'Synchronized').message).toMatch(
      /exceeded quota: small, requested: requests\.memory=/,
    );
    await client.call('DELETE', '/api/v1/namespaces/team/resourcequotas/small');
    await client.untilStatus('one', 'Running');
  });

  it('makes the object of every word that the adapter will ask for', async () => {
    for (const path of [
      '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt',
      '/apis/cdi.kubevirt.io/v1beta1/storageprofiles/sandbox-local',
      '/apis/storage.k8s.io/v1/storageclasses/sandbox-local',
      '/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses/sandbox-local',
      '/api/v1/nodes/node03',
      '/api/v1/namespaces/team/serviceaccounts/default',
    ]) {
      expect([path, (await client.call('GET', path)).code]).toEqual([path, 200]);
    }
    const types = await client.get(
      '/apis/instancetype.kubevirt.io/v1beta1/virtualmachineclusterinstancetypes',
    );
    expect(types.items).toHaveLength(65);
  });

  it('cannot pull container disks, and says so', async () => {
    const vm = machine('one');
    vm.spec.dataVolumeTemplates = [];
    vm.spec.template.spec.volumes[0] = { name: 'rootdisk', containerDisk: { image: 'quay.io/x/y' } };
    await client.call('POST', VMS, vm);
    const failing = await client.untilStatus('one', 'ErrImagePull');
    expect(failing.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Synchronized', message: expect.stringContaining('quay.io/x/y') }),
    );
  });

  it('hands cloud-init what secrets hold, as soon as they are there', async () => {
    const vm = machine('one');
    vm.spec.template.spec.volumes[1] = { name: 'seed', cloudInitNoCloud: { secretRef: { name: 'late' } } };
    await client.call('POST', VMS, vm);
    const waiting = await client.until(
      () => client.get(`${VMS}/one`),
      (seen) => seen.status?.conditions?.some((one: Untyped) => one.reason === 'FailedSecretNotFound'),
    );
    expect(waiting.status.printableStatus).toBe('Starting');
    await client.call('POST', '/api/v1/namespaces/team/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'late', namespace: 'team' },
      data: { userdata: Buffer.from('#cloud-config').toString('base64') },
    });
    await client.untilStatus('one', 'Running');
  });

  it('empties a namespace that is deleted', async () => {
    await client.call('POST', VMS, machine('one'));
    await client.untilStatus('one', 'Running');
    await client.call('DELETE', '/api/v1/namespaces/team');
    await client.until(
      () => client.get('/api/v1/namespaces/team'),
      (namespace) => namespace === undefined,
    );
    expect(await images()).toEqual([]);
  });

  it('has every key that a real cluster shows on the same objects', async () => {
    const recordings = new URL('../../../shared/reference/live-v1.3.1/objects/', import.meta.url);
    if (!existsSync(recordings)) {
      console.warn('skipped: the recordings are not beside this checkout');
      return;
    }
    await client.call(
      'POST',
      VMS,
      machine('cap1', {
        domain: { memory: undefined },
        spec: { instancetype: { name: 'u1.medium' }, preference: { name: 'fedora' } },
      }),
    );
    await client.until(
      () => client.get(`${VMS}/cap1`),
      (vm) => vm.status?.ready === true,
    );
    const recorded = (file: string) => parse(readFileSync(new URL(file, recordings), 'utf8')).items[0];
    const pods = await client.get('/api/v1/namespaces/team/pods');
    const missing = [
      ...missingKeys('vm', recorded('vm.yaml'), await client.get(`${VMS}/cap1`)),
      ...missingKeys('vmi', recorded('vmi.yaml'), await client.get(`${VMIS}/cap1`)),
      ...missingKeys(
        'dv',
        recorded('dv.yaml'),
        await client.get('/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes/cap1-root'),
      ),
      ...missingKeys(
        'pvc',
        recorded('pvc.yaml'),
        await client.get('/api/v1/namespaces/team/persistentvolumeclaims/cap1-root'),
      ),
      ...missingKeys('pod', recorded('pod.yaml'), pods.items[0]),
    ];
    const shown = [
      ['virtualmachines.kubevirt.io', await client.get(`${VMS}/cap1`)],
      ['virtualmachineinstances.kubevirt.io', await client.get(`${VMIS}/cap1`)],
      [
        'kubevirts.kubevirt.io',
        await client.get('/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt'),
      ],
      [
        'datavolumes.cdi.kubevirt.io',
        await client.get('/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes/cap1-root'),
      ],
      ['cdis.cdi.kubevirt.io', await client.get('/apis/cdi.kubevirt.io/v1beta1/cdis/cdi')],
      ['cdiconfigs.cdi.kubevirt.io', await client.get('/apis/cdi.kubevirt.io/v1beta1/cdiconfigs/config')],
      [
        'storageprofiles.cdi.kubevirt.io',
        await client.get('/apis/cdi.kubevirt.io/v1beta1/storageprofiles/sandbox-local'),
      ],
    ] as const;
    for (const [crd, object] of shown) expect([crd, schemaErrors(crd, object)]).toEqual([crd, []]);
    expect(missing.filter((path) => !ELSEWHERE.some((other) => path.startsWith(other)))).toEqual([]);
  });
});

/** What the published CRD (KubeVirt 1.9, CDI 1.66) has against the object. */
function schemaErrors(crd: string, object: Untyped): unknown[] {
  const crds = new URL('../../../shared/reference/data/crds/', import.meta.url);
  const file = ['kubevirt-v1.9.0', 'cdi-v1.66.0']
    .map((folder) => new URL(`${folder}/${crd}.yaml`, crds))
    .find((one) => existsSync(one)) as URL;
  const { spec } = parse(readFileSync(file, 'utf8'));
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    (spec.versions.find((version: Untyped) => version.storage) ?? spec.versions[0]).schema.openAPIV3Schema,
  );
  validate(object);
  return validate.errors ?? [];
}

/**
 * What the recorded machine has for reasons of its own: an http source, a migration, a guest agent, labels of
 * its author, KubeVirt 1.3's way to note revisions, and what other products leave on its pod.
 */
const ELSEWHERE = [
  'vm.metadata.labels',
  'vm.spec.instancetype.revisionName',
  'vm.spec.preference.revisionName',
  'vm.spec.template.spec.domain.devices.interfaces',
  'vm.spec.template.spec.networks',
  'vmi.metadata.labels.kubevirt.io/migrationTargetNodeName',
  'vmi.spec.domain.devices.networkInterfaceMultiqueue',
  'vmi.status.activePods.',
  'vmi.status.guestOSInfo.',
  'vmi.status.migrationState',
  'dv.spec.source.http',
  'pvc.metadata.annotations.cdi.kubevirt.io/storage.import.',
  'pod.metadata.annotations.post.hook.backup.velero.io',
  'pod.metadata.annotations.pre.hook.backup.velero.io',
  'pod.metadata.annotations.traffic.sidecar.istio.io',
  'pod.spec.affinity',
];

/** Paths that the reference has and the object has not. */
function missingKeys(path: string, reference: Untyped, object: Untyped): string[] {
  if (reference === null || typeof reference !== 'object') return [];
  if (object === null || typeof object !== 'object') return [path];
  if (Array.isArray(reference)) return [];
  return Object.entries(reference).flatMap(([key, value]) => {
    if (value === null) return [];
    if (!(key in object)) return [`${path}.${key}`];
    return missingKeys(`${path}.${key}`, value, object[key]);
  });
}
