import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const MIGRATIONS = '/apis/kubevirt.io/v1/namespaces/team/virtualmachineinstancemigrations';
const POLICIES = '/apis/migrations.kubevirt.io/v1alpha1/migrationpolicies';
const PODS = '/api/v1/namespaces/team/pods';
const KUBEVIRT = '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt';
const QUOTA = '/api/v1/namespaces/team/resourcequotas';
const EVENTS = '/api/v1/namespaces/team/events';
const MERGE = 'application/merge-patch+json';
const PATIENCE = 60_000;

describe('live migration in the sandbox', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-migration-'));
    sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'simulated',
      nodes: 4,
      logger: silent,
    });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team', labels: { priority: 'high' } },
    });
  });

  afterAll(async () => {
    await sandbox.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  const running = async (name: string, template: Untyped = {}, labels: Record<string, string> = {}) => {
    const vm = machine(name, { template });
    Object.assign(vm.spec.template.metadata.labels, labels);
    expect(await client.call('POST', VMS, vm)).toMatchObject({ code: 201 });
    await client.untilStatus(name, 'Running', PATIENCE);
    // Whether it can move is known when its node has looked at it.
    return client.until(
      () => client.get(`${VMIS}/${name}`),
      (vmi) => vmi.status.conditions.some((one: Untyped) => one.type === 'LiveMigratable'),
      PATIENCE,
    );
  };
  const migration = (name: string, vmiName: string, spec: Untyped = {}, metadata: Untyped = {}) => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceMigration',
    metadata: { name, ...metadata },
    spec: { vmiName, ...spec },
  });
  const migrate = async (name: string, vmiName: string, spec: Untyped = {}) => {
    expect(await client.call('POST', MIGRATIONS, migration(name, vmiName, spec))).toMatchObject({
      code: 201,
    });
  };
  const until = (name: string, holds: (seen: Untyped) => boolean) =>
    client.until(() => client.get(`${MIGRATIONS}/${name}`), holds, PATIENCE);
  const untilPhase = (name: string, phase: string) => until(name, (seen) => seen?.status?.phase === phase);
  const untilGone = (path: string) =>
    client.until(
      () => client.get(path),
      (seen) => seen === undefined,
      PATIENCE,
    );
  const ended = async (...names: string[]) => {
    for (const name of names) await client.call('DELETE', `${VMS}/${name}`);
    for (const name of names) await untilGone(`${VMIS}/${name}`);
  };
  /** These take no new pods; all others do. */
  const cordon = async (...names: string[]) => {
    for (const name of ['node01', 'node02', 'node03', 'node04']) {
      const spec = { unschedulable: names.includes(name) || null };
      await client.call('PATCH', `/api/v1/nodes/${name}`, { spec }, MERGE);
    }
  };
  const podsOf = async (vmi: Untyped): Promise<Untyped[]> =>
    (await client.get(PODS)).items.filter(
      (pod: Untyped) => pod.metadata.labels['kubevirt.io/created-by'] === vmi.metadata.uid,
    );
  const policy = async (name: string, spec: Untyped) =>
    expect(
      await client.call('POST', POLICIES, {
        apiVersion: 'migrations.kubevirt.io/v1alpha1',
        kind: 'MigrationPolicy',
        metadata: { name },
        spec,
      }),
    ).toMatchObject({ code: 201 });
  /** Bytes a second that leave no migration of a guest with 1 GiB done before the test has looked at it. */
  const slowly = (name: string, more: Untyped = {}) =>
    policy(name, {
      selectors: { virtualMachineInstanceSelector: { pace: 'slow' } },
      bandwidthPerMigration: '1Mi',
      ...more,
    });

  it('moves a guest to another node, phase by phase', async () => {
    const vmi = await running('mover');
    const { nodeName } = vmi.status;
    await migrate('first', 'mover');
    const done = await untilPhase('first', 'Succeeded');
    expect(done.status.phaseTransitionTimestamps.map((one: Untyped) => one.phase)).toEqual([
      'Pending',
      'Scheduling',
      'Scheduled',
      'PreparingTarget',
      'TargetReady',
      'Running',
      'Succeeded',
    ]);
    const moved = await client.get(`${VMIS}/mover`);
    const { targetNode, targetPod, sourcePod } = moved.status.migrationState;
    expect(targetNode).not.toBe(nodeName);
    expect(moved.status).toMatchObject({
      phase: 'Running',
      nodeName: targetNode,
      migrationState: {
        completed: true,
        sourceNode: nodeName,
        migrationUid: done.metadata.uid,
        mode: 'PreCopy',
        endTimestamp: expect.any(String),
        migrationConfiguration: { parallelMigrationsPerCluster: 5, completionTimeoutPerGiB: 150 },
      },
    });
    const later = await client.until(
      () => client.get(`${VMIS}/mover`),
      (seen) => seen.metadata.labels['kubevirt.io/nodeName'] === targetNode,
    );
    expect(Object.values(later.status.activePods)).toEqual([targetNode]);
    await client.until(
      () => podsOf(vmi),
      (pods) =>
        pods.find((pod) => pod.metadata.name === sourcePod)?.status.phase === 'Succeeded' &&
        pods.find((pod) => pod.metadata.name === targetPod)?.status.phase === 'Running',
    );
    const after = await until('first', (seen) => seen.metadata.finalizers === undefined);
    expect(JSON.parse(after.metadata.annotations['sandbox.virtgate.io/migration-progress'])).toMatchObject({
      total: 2 ** 30,
      remaining: 0,
    });
    const events = (await client.get(EVENTS)).items
      .filter((event: Untyped) => event.involvedObject.name === 'first')
      .map((event: Untyped) => event.reason);
    expect(events).toEqual(
      expect.arrayContaining(['SuccessfulCreate', 'SuccessfulHandOver', 'SuccessfulMigration']),
    );
    await ended('mover');
    await untilGone(`${MIGRATIONS}/first`);
  });

  it('goes to the node that is asked for, again and again, and remembers five', async () => {
    const vmi = await running('picky');
    for (let turn = 0; turn < 7; turn += 1) {
      const { nodeName } = (await client.get(`${VMIS}/picky`)).status;
      const target = nodeName === 'node02' ? 'node03' : 'node02';
      await migrate(`turn-${turn}`, 'picky', { addedNodeSelector: { 'kubernetes.io/hostname': target } });
      await untilPhase(`turn-${turn}`, 'Succeeded');
      expect((await client.get(`${VMIS}/picky`)).status.nodeName).toBe(target);
    }
    await untilGone(`${MIGRATIONS}/turn-1`);
    const left = (await client.get(MIGRATIONS)).items.map((one: Untyped) => one.metadata.name);
    expect(left.toSorted()).toEqual(['turn-2', 'turn-3', 'turn-4', 'turn-5', 'turn-6']);
    const pods = await client.until(
      () => podsOf(vmi),
      (all) => all.filter((pod) => pod.status.phase === 'Running').length === 1,
    );
    expect(pods.filter((pod) => pod.status.phase === 'Succeeded')).toHaveLength(7);
    await ended('picky');
  });

  it('takes a disk along that was plugged in', async () => {
    const vmi = await running('plugged');
    await client.call('POST', '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes', {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name: 'extra' },
      spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '8Mi' } } } },
    });
    const options = { name: 'extra', disk: { disk: {} }, volumeSource: { dataVolume: { name: 'extra' } } };
    const added = client.call('PUT', `${ACTIONS}/virtualmachines/plugged/addvolume`, options);
    expect(await added).toMatchObject({ code: 202 });
    const attachments = async () =>
      (await client.get(PODS)).items.filter((pod: Untyped) => pod.metadata.name.startsWith('hp-volume'));
    const plugged = () =>
      client.until(
        () => client.get(`${VMIS}/plugged`),
        ({ status }) =>
          status.volumeStatus?.some((one: Untyped) => one.name === 'extra' && one.phase === 'Ready'),
        PATIENCE,
      );
    await plugged();
    for (const name of ['along-1', 'along-2']) {
      await migrate(name, 'plugged');
      await untilPhase(name, 'Succeeded');
      const { nodeName } = (await plugged()).status;
      await client.until(
        attachments,
        (pods) => pods.length === 1 && pods[0].spec.nodeName === nodeName,
        PATIENCE,
      );
    }
    expect(await podsOf(vmi)).toHaveLength(3);
    await ended('plugged');
    await client.call('DELETE', '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes/extra');
  });

  it('refuses in KubeVirt’s words', async () => {
    const validator = 'admission webhook "migration-create-validator.kubevirt.io" denied the request: ';
    const asked = (name: string) => client.call('POST', MIGRATIONS, migration('refused', name));
    expect(await asked('nobody')).toMatchObject({
      code: 403,
      body: { message: `${validator}the VMI "team/nobody" does not exist` },
    });
    expect(await client.call('POST', MIGRATIONS, migration('refused', ''))).toMatchObject({
      code: 422,
      body: { message: `${validator}vmiName is missing` },
    });
    const bound = machine('bound');
    Object.assign(bound.spec.dataVolumeTemplates[0].spec.storage, { accessModes: ['ReadWriteOnce'] });
    await client.call('POST', VMS, bound);
    await client.until(
      () => client.get(`${VMIS}/bound`),
      (vmi) => vmi?.status?.conditions?.some((one: Untyped) => one.reason === 'DisksNotLiveMigratable'),
      PATIENCE,
    );
    expect(await asked('bound')).toMatchObject({
      code: 403,
      body: {
        message: expect.stringContaining(
          `${validator}Cannot migrate VMI, Reason: DisksNotLiveMigratable, Message: cannot migrate VMI: PVC bound-root is not shared`,
        ),
      },
    });
    expect(await client.call('PUT', `${ACTIONS}/virtualmachines/bound/migrate`, {})).toMatchObject({
      code: 500,
      body: { message: expect.stringContaining('Cannot migrate VMI, Reason: DisksNotLiveMigratable') },
    });
    await running('bridged', {
      domain: { devices: { interfaces: [{ name: 'default', bridge: {} }] }, memory: { guest: '1Gi' } },
      networks: [{ name: 'default', pod: {} }],
    });
    expect(await asked('bridged')).toMatchObject({
      code: 403,
      body: { message: expect.stringContaining('Reason: InterfaceNotLiveMigratable') },
    });
    await ended('bound', 'bridged');
  });

  it('is started by the subresource, one at a time, and cancelled by a delete', async () => {
    await slowly('crawl');
    const { status } = await running('slow', {}, { pace: 'slow' });
    const start = (body: Untyped) => client.call('PUT', `${ACTIONS}/virtualmachines/slow/migrate`, body);
    expect(await start({ dryRun: ['All'] })).toMatchObject({ code: 202 });
    expect((await client.get(MIGRATIONS)).items).toEqual([]);
    expect(await start({})).toMatchObject({ code: 202 });
    const [{ metadata }] = (await client.get(MIGRATIONS)).items;
    expect(metadata.name).toMatch(/^kubevirt-migrate-vm-/);
    expect(await client.call('POST', MIGRATIONS, migration('second', 'slow'))).toMatchObject({
      code: 403,
      body: {
        message: expect.stringContaining(
          `in-flight migration detected. Active migration job (${metadata.uid}) is currently already in progress for VMI slow.`,
        ),
      },
    });
    await client.untilStatus('slow', 'Migrating', PATIENCE);
    const seen = await until(
      metadata.name,
      (one) => one.metadata.annotations?.['sandbox.virtgate.io/migration-progress'] !== undefined,
    );
    expect(
      JSON.parse(seen.metadata.annotations['sandbox.virtgate.io/migration-progress']).remaining,
    ).toBeGreaterThan(0);
    expect((await client.get(`${VMIS}/slow`)).status.migrationState).toMatchObject({
      migrationPolicyName: 'crawl',
      migrationConfiguration: { bandwidthPerMigration: '1Mi' },
    });
    await client.call('DELETE', `${MIGRATIONS}/${metadata.name}`);
    await untilGone(`${MIGRATIONS}/${metadata.name}`);
    const stayed = await client.get(`${VMIS}/slow`);
    expect(stayed.status).toMatchObject({
      phase: 'Running',
      nodeName: status.nodeName,
      migrationState: { failed: true, completed: true, abortRequested: true, abortStatus: 'Succeeded' },
    });
    await client.untilStatus('slow', 'Running', PATIENCE);
    await ended('slow');
    await client.call('DELETE', `${POLICIES}/crawl`);
  });

  it('gives up what takes too long, unless post-copy may finish it', async () => {
    await slowly('hasty', { completionTimeoutPerGiB: 1 });
    await running('late', {}, { pace: 'slow' });
    await migrate('late-1', 'late');
    const failed = await untilPhase('late-1', 'Failed');
    expect(failed.status.migrationState).toMatchObject({
      failed: true,
      failureReason: 'Live migration is not completed after 1 seconds and has been aborted',
    });
    await client.call('PATCH', `${POLICIES}/hasty`, { spec: { allowPostCopy: true } }, MERGE);
    await migrate('late-2', 'late');
    await client.until(
      () => client.get(`${VMIS}/late`),
      (vmi) => vmi.status.migrationState.mode === 'PostCopy',
      PATIENCE,
    );
    await ended('late');
    await untilGone(`${MIGRATIONS}/late-2`);
    await client.call('DELETE', `${POLICIES}/hasty`);
  });

  it('takes the policy that names most labels, and the first by name among equals', async () => {
    const selectors = (namespace: Untyped, vmi: Untyped) => ({
      selectors: { namespaceSelector: namespace, virtualMachineInstanceSelector: vmi },
    });
    await policy('b-one', { ...selectors({}, { size: 'large' }), bandwidthPerMigration: '1Gi' });
    await policy('d-two', { ...selectors({ priority: 'high' }, { size: 'large' }), maxDowntimeMs: 300 });
    await policy('c-two', { ...selectors({}, { size: 'large', os: 'linux' }), maxDowntimeMs: 200 });
    await policy('a-other', selectors({ priority: 'low' }, { size: 'large', os: 'linux' }));
    await running('chosen', {}, { size: 'large', os: 'linux' });
    await migrate('chosen-1', 'chosen');
    expect((await untilPhase('chosen-1', 'Succeeded')).status.migrationState).toMatchObject({
      migrationPolicyName: 'c-two',
      migrationConfiguration: { maxDowntimeMs: 200, bandwidthPerMigration: '0' },
    });
    await ended('chosen');
    for (const name of ['b-one', 'd-two', 'c-two', 'a-other']) {
      await client.call('DELETE', `${POLICIES}/${name}`);
    }
  });

  it('lets no more guests move than the cluster and each node may', async () => {
    await slowly('crawl');
    const configure = (migrations: Untyped) =>
      client.call('PATCH', KUBEVIRT, { spec: { configuration: { migrations } } }, MERGE);
    await configure({ parallelMigrationsPerCluster: 3 });
    const names = ['p1', 'p2', 'p3', 'p4', 'p5'];
    await cordon('node02', 'node03', 'node04');
    for (const name of names.slice(0, 3)) await running(name, {}, { pace: 'slow' });
    await cordon('node01', 'node03', 'node04');
    for (const name of names.slice(3)) await running(name, {}, { pace: 'slow' });
    await cordon();
    for (const name of names.slice(0, 3)) await migrate(name, name);
    await untilPhase('p1', 'Running');
    await untilPhase('p2', 'Running');
    const phase = async (name: string) => (await client.get(`${MIGRATIONS}/${name}`)).status.phase;
    expect(await phase('p3')).toBe('Pending');
    await migrate('p4', 'p4');
    await untilPhase('p4', 'Running');
    await migrate('p5', 'p5');
    await untilPhase('p5', 'Pending');
    expect(await phase('p3')).toBe('Pending');
    // One that ends makes room on its node, and in the cluster.
    await client.call('DELETE', `${MIGRATIONS}/p1`);
    await untilGone(`${MIGRATIONS}/p1`);
    await client.until(
      async () => [await phase('p3'), await phase('p5')],
      (phases) => phases.filter((one) => one === 'Running').length === 1 && phases.includes('Pending'),
      PATIENCE,
    );
    await configure({ parallelMigrationsPerCluster: null });
    await ended(...names);
    await client.call('DELETE', `${POLICIES}/crawl`);
  });

  it('waits for a quota that has no room for the target', async () => {
    const vmi = await running('full');
    const [pod] = await podsOf(vmi);
    const memory = pod.spec.containers.find((one: Untyped) => one.name === 'compute').resources.requests
      .memory;
    await client.call('POST', QUOTA, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tight' },
      spec: { hard: { pods: '1' } },
    });
    expect(memory).toBeDefined();
    await migrate('squeezed', 'full');
    await until('squeezed', (seen) =>
      seen.status?.conditions?.some((one: Untyped) => one.type === 'migrationRejectedByResourceQuota'),
    );
    expect((await client.get(`${MIGRATIONS}/squeezed`)).status.phase).toBe('Pending');
    await client.call('PATCH', `${QUOTA}/tight`, { spec: { hard: { pods: '2' } } }, MERGE);
    const done = await untilPhase('squeezed', 'Succeeded');
    expect(done.status.conditions).toBeUndefined();
    await client.call('DELETE', `${QUOTA}/tight`);
    await ended('full');
  });

  it('tells that no node takes the guest, and gives up after its time', async () => {
    await running('stuck');
    const nowhere = { addedNodeSelector: { 'kubernetes.io/hostname': 'nowhere' } };
    const patience = { annotations: { 'kubevirt.io/migrationUnschedulablePodTimeoutSeconds': '1' } };
    expect(
      await client.call('POST', MIGRATIONS, migration('lost', 'stuck', nowhere, patience)),
    ).toMatchObject({ code: 201 });
    await untilPhase('lost', 'Failed');
    const events = (await client.get(EVENTS)).items.filter(
      (event: Untyped) => event.involvedObject.name === 'lost',
    );
    expect(events.map((event: Untyped) => event.reason)).toEqual(
      expect.arrayContaining(['migrationTargetPodUnschedulable', 'FailedMigration']),
    );
    expect((await client.get(`${VMIS}/stuck`)).status.phase).toBe('Running');
    await ended('stuck');
  });
});
