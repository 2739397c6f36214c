import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const MIGRATIONS = '/apis/kubevirt.io/v1/namespaces/team/virtualmachineinstancemigrations';
const NETWORKS = '/apis/k8s.cni.cncf.io/v1/namespaces/team/network-attachment-definitions';
const KUBEVIRT = '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt';
const TYPES = '/apis/instancetype.kubevirt.io/v1beta1/virtualmachineclusterinstancetypes';
const MERGE = 'application/merge-patch+json';
const PATIENCE = 90_000;

/** What changes of a machine while its (simulated) guest runs. */
describe('a machine that is changed while it runs', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-live-update-'));
    sandbox = await createSandbox({ dataDirectory: directory, port: 0, driver: 'simulated', logger: silent });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } };
    await client.call('POST', '/api/v1/namespaces', namespace);
    await define('blue');
  }, PATIENCE);

  afterAll(async () => {
    await sandbox?.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  const define = (name: string) =>
    client.call('POST', NETWORKS, {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { name, namespace: 'team' },
      spec: { config: JSON.stringify({ cniVersion: '0.3.1', type: 'bridge', bridge: name }) },
    });

  const POD = { name: 'default', masquerade: {} };
  const card = (name: string, more: Untyped = {}) => ({ name, bridge: {}, ...more });
  const on = (name: string, network: string) => ({ name, multus: { networkName: network } });
  const networking = (interfaces: Untyped[], networks: Untyped[]) => ({
    networks: [{ name: 'default', pod: {} }, ...networks],
    domain: { devices: { interfaces: [POD, ...interfaces] } },
  });

  const create = (name: string, template: Untyped = {}) => {
    const vm = machine(name);
    const { spec } = vm.spec.template;
    const { domain, ...rest } = template;
    Object.assign(spec, rest);
    Object.assign(spec.domain, domain);
    return client.call('POST', VMS, vm);
  };
  const change = (name: string, spec: Untyped) =>
    client.call('PATCH', `${VMS}/${name}`, { spec: { template: { spec } } }, MERGE);
  const untilVmi = (name: string, holds: (vmi: Untyped) => boolean) =>
    client.until(
      () => client.get(`${VMIS}/${name}`),
      (vmi) => vmi !== undefined && holds(vmi),
      PATIENCE,
    );
  const untilVm = (name: string, holds: (vm: Untyped) => boolean) =>
    client.until(() => client.get(`${VMS}/${name}`), holds, PATIENCE);
  const condition = (seen: Untyped, type: string) =>
    seen.status.conditions?.find((one: Untyped) => one.type === type);
  const cards = (vmi: Untyped): string[] => (vmi.status.interfaces ?? []).map(({ name }: Untyped) => name);

  it('waits for the network that it is to be on', async () => {
    expect(await create('patient', networking([card('late')], [on('late', 'late')]))).toMatchObject({
      code: 201,
    });
    const vmi = await untilVmi('patient', (seen) => condition(seen, 'Synchronized') !== undefined);
    expect(condition(vmi, 'Synchronized').message).toContain(
      'Failed to locate network attachment definition team/late',
    );
    await define('late');
    await client.untilStatus('patient', 'Running', PATIENCE);
    expect(cards(await untilVmi('patient', (seen) => seen.status.interfaces))).toEqual(['default', 'late']);
    const { items } = await client.get('/api/v1/namespaces/team/pods');
    expect(JSON.parse(items[0].metadata.annotations['k8s.v1.cni.cncf.io/networks'])).toEqual([
      { namespace: 'team', name: 'late', interface: 'net1' },
    ]);
    await client.call('DELETE', `${VMS}/patient`);
  });

  it('gets and loses interfaces, and keeps no address that another has', async () => {
    await create('one', networking([], []));
    await client.untilStatus('one', 'Running', PATIENCE);
    const mac = '02:00:00:aa:bb:cc';
    await change('one', networking([card('extra', { macAddress: mac })], [on('extra', 'blue')]));
    const plugged = await untilVmi('one', (vmi) => cards(vmi).includes('extra'));
    expect(plugged.status.interfaces[1]).toMatchObject({
      name: 'extra',
      mac,
      infoSource: 'domain, multus-status',
    });
    expect(condition(await client.get(`${VMS}/one`), 'RestartRequired')).toBeUndefined();

    const taken = await create(
      'two',
      networking([card('a', { macAddress: mac.toUpperCase() })], [on('a', 'blue')]),
    );
    expect(taken.code).toBe(500);
    expect(taken.body.message).toContain('failed to allocate requested mac address');

    const absent = card('extra', { macAddress: mac, state: 'absent' });
    await change('one', networking([absent], [on('extra', 'blue')]));
    // KubeVirt takes it out of the specification itself.
    const vm = await untilVm('one', ({ spec }) => spec.template.spec.networks.length === 1);
    expect(vm.spec.template.spec.domain.devices.interfaces).toMatchObject([{ name: 'default' }]);
    await untilVmi('one', (vmi) => cards(vmi).length === 1 && vmi.spec.networks.length === 1);
    expect(condition(await client.get(`${VMS}/one`), 'RestartRequired')).toBeUndefined();
    expect(
      await create('two', networking([card('a', { macAddress: mac })], [on('a', 'blue')])),
    ).toMatchObject({
      code: 201,
    });

    // Only a bridge is let go without a restart.
    const refused = await change('one', {
      domain: { devices: { interfaces: [{ ...POD, state: 'absent' }] } },
    });
    expect(refused.body.message).toContain('"absent" is supported only for bridge binding');
    await client.untilStatus('two', 'Running', PATIENCE);
    await change('two', networking([], []));
    await untilVm('two', (seen) => condition(seen, 'RestartRequired')?.status === 'True');
  });

  it('gets processors and memory by a move, within its room', async () => {
    await create('grows', { domain: { cpu: { sockets: 1 }, memory: { guest: '1Gi' } } });
    await client.untilStatus('grows', 'Running', PATIENCE);
    const before = await untilVmi('grows', (vmi) => condition(vmi, 'LiveMigratable')?.status === 'True');
    expect(before.spec.domain).toMatchObject({
      cpu: { sockets: 1, maxSockets: 4 },
      memory: { guest: '1Gi', maxGuest: String(4 * 2 ** 30) },
    });
    await change('grows', { domain: { cpu: { sockets: 3 }, memory: { guest: '2Gi' } } });
    const moved = await untilVmi(
      'grows',
      ({ status }) => status.currentCPUTopology.sockets === 3 && status.memory.guestCurrent === '2Gi',
    );
    expect(moved.status.nodeName).not.toBe(before.status.nodeName);
    const done = await untilVmi('grows', (vmi) => !condition(vmi, 'HotVCPUChange'));
    expect(condition(done, 'HotMemoryChange')).toBeUndefined();
    expect(done.status.memory).toMatchObject({ guestAtBoot: '1Gi', guestRequested: '2Gi' });
    const { items } = await client.get(MIGRATIONS);
    expect(items).toMatchObject([
      {
        metadata: { annotations: { 'kubevirt.io/workloadUpdateMigration': '' } },
        status: { phase: 'Succeeded' },
      },
    ]);
    expect(condition(await client.get(`${VMS}/grows`), 'RestartRequired')).toBeUndefined();

    for (const domain of [{ cpu: { sockets: 5 } }, { cpu: { sockets: 2 } }, { memory: { guest: '5Gi' } }]) {
      await change('grows', { domain });
      await untilVm('grows', (vm) => condition(vm, 'RestartRequired')?.status === 'True');
      await change('grows', { domain: { cpu: { sockets: 3 }, memory: { guest: '2Gi' } } });
      await untilVm('grows', (vm) => !condition(vm, 'RestartRequired'));
    }
    expect((await client.get(MIGRATIONS)).items).toHaveLength(1);
    await client.call('DELETE', `${VMS}/grows`);
  });

  it('follows a larger instance type, and waits where nothing moves', async () => {
    const type = (name: string, guest: number, memory: string) =>
      client.call('POST', TYPES, {
        apiVersion: 'instancetype.kubevirt.io/v1beta1',
        kind: 'VirtualMachineClusterInstancetype',
        metadata: { name },
        spec: { cpu: { guest }, memory: { guest: memory } },
      });
    await type('small', 1, '1Gi');
    await type('large', 2, '2Gi');
    const vm = machine('typed', { spec: { instancetype: { name: 'small' } } });
    delete vm.spec.template.spec.domain.memory;
    await client.call('POST', VMS, vm);
    await client.untilStatus('typed', 'Running', PATIENCE);
    await untilVmi('typed', (vmi) => condition(vmi, 'LiveMigratable')?.status === 'True');
    const methods = (workloadUpdateMethods: string[]) =>
      client.call('PATCH', KUBEVIRT, { spec: { workloadUpdateStrategy: { workloadUpdateMethods } } }, MERGE);
    await methods([]);
    await client.call('PATCH', `${VMS}/typed`, { spec: { instancetype: { name: 'large' } } }, MERGE);
    const waiting = await untilVmi('typed', (vmi) => condition(vmi, 'HotVCPUChange')?.status === 'True');
    expect(waiting.spec.domain).toMatchObject({ cpu: { sockets: 2 }, memory: { guest: '2Gi' } });
    expect(waiting.status.currentCPUTopology.sockets).toBe(1);
    await methods(['LiveMigrate']);
    await untilVmi(
      'typed',
      ({ status }) => status.currentCPUTopology.sockets === 2 && status.memory.guestCurrent === '2Gi',
    );
  });
});
