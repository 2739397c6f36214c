import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const NODES = '/api/v1/nodes';
const PODS = '/api/v1/namespaces/team/pods';
const MAINTENANCES = '/apis/nodemaintenance.medik8s.io/v1beta1/nodemaintenances';
const LOST_SECONDS = 0.2;

describe('nodes of the sandbox', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-nodes-'));
    sandbox = await createSandbox({ dataDirectory: directory, port: 0, driver: 'simulated', logger: silent });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
  });

  afterAll(async () => {
    await sandbox.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  const patch = (path: string, body: Untyped) =>
    client.call('PATCH', path, body, 'application/merge-patch+json');
  const node = (name: string) => client.get(`${NODES}/${name}`);
  const ready = (one: Untyped) => one.status.conditions.find(({ type }: Untyped) => type === 'Ready');
  const podOf = async (name: string): Promise<Untyped> => {
    const { items } = await client.get(`${PODS}?labelSelector=vm.kubevirt.io/name%3D${name}`);
    return items.find(({ status }: Untyped) => !['Succeeded', 'Failed'].includes(status.phase));
  };
  const evict = (name: string) =>
    client.call('POST', `${PODS}/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: 'team' },
    });
  /** A machine that runs, on the node that is told. */
  const runOn = async (name: string, on: string, template: Untyped = {}, spec: Untyped = {}) => {
    const body = machine(name, {
      spec,
      template: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [on] }] },
              ],
            },
          },
        },
        ...template,
      },
    });
    expect((await client.call('POST', VMS, body)).code).toBe(201);
    await client.untilStatus(name, 'Running');
    return client.get(`${VMIS}/${name}`);
  };
  const anywhere = { affinity: null };
  const kubectl = (...args: string[]) =>
    new Promise<{ code: number; out: string }>((resolve) => {
      execFile('kubectl', ['--kubeconfig', sandbox.kubeconfigPath, ...args], (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, out: `${stdout}${stderr}` }),
      );
    });

  it('tell their CPU models, and their heartbeat', async () => {
    const one = await node('node01');
    expect(one.metadata.labels).toMatchObject({ 'cpu-model.node.kubevirt.io/Nehalem': 'true' });
    const lease = await client.until(
      () => client.get('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node01'),
      (found) => found !== undefined,
    );
    expect(lease.spec.holderIdentity).toBe('node01');
  });

  it('are cordoned and drained by kubectl: who has no strategy is shut down and starts elsewhere', async () => {
    const before = await runOn('plain', 'node02');
    await client.call(
      'PATCH',
      `${VMS}/plain`,
      { spec: { template: { spec: anywhere } } },
      'application/merge-patch+json',
    );
    expect(await kubectl('cordon', 'node02')).toMatchObject({ code: 0 });
    const cordoned = await client.until(
      () => node('node02'),
      (one) => one.spec.taints?.length > 0,
    );
    expect(cordoned.spec).toMatchObject({
      unschedulable: true,
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
    });
    const drained = await kubectl('drain', 'node02', '--delete-emptydir-data', '--force', '--timeout=60s');
    expect(drained).toMatchObject({ code: 0, out: expect.stringContaining('node/node02 drained') });
    const after = await client.until(
      () => client.get(`${VMIS}/plain`),
      (vmi) => vmi?.status?.phase === 'Running' && vmi.metadata.uid !== before.metadata.uid,
    );
    expect(after.status.nodeName).not.toBe('node02');
    expect(await kubectl('uncordon', 'node02')).toMatchObject({ code: 0 });
    await client.until(
      () => node('node02'),
      (one) => !one.spec.unschedulable && !one.spec.taints,
    );
  });

  it('lets nobody evict a machine that is to move, and marks it', async () => {
    await runOn('moves', 'node03', { evictionStrategy: 'LiveMigrate' });
    const pod = await podOf('moves');
    const budgets = await client.until(
      () => client.get('/apis/policy/v1/namespaces/team/poddisruptionbudgets'),
      ({ items }) => items.some((one: Untyped) => one.status?.currentHealthy === 1),
    );
    expect(budgets.items).toMatchObject([
      { spec: { minAvailable: 1 }, status: { expectedPods: 1, disruptionsAllowed: 0 } },
    ]);
    const webhook = 'admission webhook "virt-launcher-eviction-interceptor.kubevirt.io" denied the request';
    expect(await evict(pod.metadata.name)).toMatchObject({
      code: 429,
      body: { message: `${webhook}: Eviction triggered evacuation of VMI "team/moves"` },
    });
    await client.until(
      () => client.get('/apis/kubevirt.io/v1/namespaces/team/virtualmachineinstancemigrations'),
      ({ items }) =>
        items.some(
          (one: Untyped) =>
            one.spec.vmiName === 'moves' &&
            one.metadata.annotations['kubevirt.io/evacuationMigration'] === 'node03',
        ),
    );
    const cancel = `${ACTIONS}/virtualmachineinstances/moves/evacuate/cancel`;
    expect(await client.call('PUT', cancel, {})).toMatchObject({ code: 200 });
    expect((await client.get(`${VMIS}/moves`)).status.evacuationNodeName).toBeUndefined();
  });

  it('are drained by kubectl of what moves, and it notices nothing', async () => {
    for (const other of ['node01', 'node02'])
      await patch(`${NODES}/${other}`, { spec: { unschedulable: true } });
    await client.call('POST', VMS, machine('walks', { template: { evictionStrategy: 'LiveMigrate' } }));
    await client.untilStatus('walks', 'Running');
    const before = await client.get(`${VMIS}/walks`);
    expect(before.status.nodeName).toBe('node03');
    for (const other of ['node01', 'node02'])
      await patch(`${NODES}/${other}`, { spec: { unschedulable: null } });
    const only = '--pod-selector=vm.kubevirt.io/name=walks';
    const drained = await kubectl(
      ...['drain', 'node03', only, '--delete-emptydir-data', '--force', '--timeout=60s'],
    );
    expect(drained).toMatchObject({
      code: 0,
      out: expect.stringContaining('Eviction triggered evacuation of VMI "team/walks"'),
    });
    const after = await client.get(`${VMIS}/walks`);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.status.nodeName).not.toBe('node03');
    await kubectl('uncordon', 'node03');
  }, 90_000);

  it('refuse the eviction of what cannot move but has to', async () => {
    const vm = machine('stuck', { template: { evictionStrategy: 'LiveMigrate' } });
    vm.spec.dataVolumeTemplates[0].spec.storage.accessModes = ['ReadWriteOnce'];
    await client.call('POST', VMS, vm);
    await client.untilStatus('stuck', 'Running');
    const pod = await podOf('stuck');
    expect(await evict(pod.metadata.name)).toMatchObject({
      code: 429,
      body: {
        message: expect.stringContaining(
          'VMI stuck is configured with an eviction strategy but is not live-migratable',
        ),
      },
    });
    expect(await client.get(`${PODS}/${pod.metadata.name}`)).toMatchObject({ status: { phase: 'Running' } });
  });

  it('go into maintenance and come out of it', async () => {
    await runOn('serviced', 'node02');
    await client.call(
      'PATCH',
      `${VMS}/serviced`,
      { spec: { template: { spec: anywhere } } },
      'application/merge-patch+json',
    );
    const object = (name: string) => ({
      apiVersion: 'nodemaintenance.medik8s.io/v1beta1',
      kind: 'NodeMaintenance',
      metadata: { name },
      spec: { nodeName: 'node02', reason: 'new memory' },
    });
    expect(await client.call('POST', MAINTENANCES, object('one'))).toMatchObject({ code: 201 });
    expect(await client.call('POST', MAINTENANCES, object('two'))).toMatchObject({ code: 403 });
    const done = await client.until(
      () => client.get(`${MAINTENANCES}/one`),
      (one) => one.status?.phase === 'Succeeded',
    );
    expect(done.status).toMatchObject({ drainProgress: 100, pendingPods: [] });
    expect((await node('node02')).spec.unschedulable).toBe(true);
    await client.call('DELETE', `${MAINTENANCES}/one`);
    await client.until(
      () => node('node02'),
      (one) => !one.spec.unschedulable,
    );
    await client.until(
      () => client.get(`${VMIS}/serviced`),
      (vmi) => vmi?.status?.phase === 'Running' && vmi.status.nodeName !== 'node02',
    );
  });

  it('are lost: their machines are neither dead nor alive until they are fenced', async () => {
    const before = await runOn('lost', 'node02');
    await client.call(
      'PATCH',
      `${VMS}/lost`,
      { spec: { template: { spec: anywhere } } },
      'application/merge-patch+json',
    );
    const pod = await podOf('lost');
    await client.call('POST', '/sandbox/faults', { stopNodes: ['node02'], lostAfterSeconds: LOST_SECONDS });
    const gone = await client.until(
      () => node('node02'),
      (one) => ready(one).status === 'Unknown' && one.spec.taints?.length === 2,
    );
    expect(gone.spec.taints).toMatchObject([
      { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
    ]);
    await client.until(
      () => client.get(`${VMIS}/lost`),
      (vmi) => vmi.status.conditions.some(({ reason }: Untyped) => reason === 'NodeNotReady'),
    );
    // Deleted politely it is only marked: nobody is there to end it.
    await client.call('DELETE', `${PODS}/${pod.metadata.name}`);
    expect((await client.get(`${PODS}/${pod.metadata.name}`)).metadata.deletionTimestamp).toBeDefined();
    expect(await client.get(`${VMIS}/lost`)).toMatchObject({
      metadata: { uid: before.metadata.uid },
      status: { phase: 'Running' },
    });
    await patch(`${NODES}/node02`, {
      spec: {
        taints: [
          ...gone.spec.taints,
          { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' },
        ],
      },
    });
    const after = await client.until(
      () => client.get(`${VMIS}/lost`),
      (vmi) => vmi?.status?.phase === 'Running' && vmi.metadata.uid !== before.metadata.uid,
    );
    expect(after.status.nodeName).not.toBe('node02');
    await client.call('POST', '/sandbox/faults', { startNodes: ['node02'] });
    await client.until(
      () => node('node02'),
      (one) => ready(one).status === 'True',
    );
  });
});
