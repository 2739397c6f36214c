import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../src/kernel/failure.js';
import { ApiDiscovery } from '../../src/platform/cluster/api-discovery.js';
import { ClusterCredentials } from '../../src/platform/cluster/cluster-credentials.js';
import { SILENT_LOGGER } from '../../src/platform/cluster/cluster-logger.js';
import { ClusterTransport } from '../../src/platform/cluster/cluster-transport.js';
import {
  KUBEVIRT,
  NAMESPACE,
  PERSISTENT_VOLUME_CLAIM,
  RESOURCE_QUOTA,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_INSTANCE,
  VIRTUAL_MACHINE_INSTANCE_MIGRATION,
} from '../../src/platform/cluster/kinds.js';
import { KubernetesClusterClient } from '../../src/platform/cluster/kubernetes-cluster-client.js';
import { clusterFailureDetails } from '../../src/platform/cluster/status-to-failure.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { type Json, until } from '../support/virtgate.js';

const NS = 'team';
const MINUTE = 60_000;

/** The rows of kubevirt-api C4 that the sandbox answers as KubeVirt does, over the wire and through the one adapter. */
describe("KubeVirt's refusals", () => {
  let directory: string;
  let sandbox: Sandbox;
  let transport: ClusterTransport;
  let cluster: KubernetesClusterClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-refusals-'));
    sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'simulated',
      logger: SILENT_LOGGER,
    });
    await sandbox.start();
    transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: sandbox.kubeconfigPath }));
    cluster = new KubernetesClusterClient(transport, new ApiDiscovery(transport));
    await cluster.create(NAMESPACE, null, { metadata: { name: NS } });
    // A migration that goes on for as long as the test looks at it.
    const migrations = { bandwidthPerMigration: '1Ki', completionTimeoutPerGiB: 86_400 };
    const body = { spec: { configuration: { migrations } } };
    await cluster.patch(KUBEVIRT, 'kubevirt', 'kubevirt', { type: 'merge', body });
    await made('off', 'Halted');
    await made('on', 'Always');
    await made('manual', 'Manual');
    await made('probed', 'Always', { livenessProbe: { tcpSocket: { port: 22 } } });
    await running('on');
    await running('probed');
  }, 2 * MINUTE);

  afterAll(async () => {
    await transport?.close?.();
    await sandbox?.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  }, MINUTE);

  const made = (name: string, runStrategy: string, spec: Json = {}) =>
    cluster.create(VIRTUAL_MACHINE, NS, {
      metadata: { name, namespace: NS },
      spec: {
        runStrategy,
        template: {
          metadata: {},
          spec: {
            domain: { devices: {}, memory: { guest: '64Mi' } },
            terminationGracePeriodSeconds: 1,
            ...spec,
          },
        },
      },
    });
  const running = (name: string) =>
    until(
      `${name} runs, and it is known whether it can move`,
      async () => {
        const vmi = await cluster.get(VIRTUAL_MACHINE_INSTANCE, NS, name).catch(() => null);
        const known = (vmi?.status?.conditions ?? []).some(({ type }: Json) => type === 'LiveMigratable');
        return vmi?.status?.phase === 'Running' && known;
      },
      MINUTE,
    );
  const machine = (name: string, verb: string, body: Json = {}) =>
    cluster.subresource(NS, 'virtualmachines', name, verb, { method: 'PUT', body });
  const instance = (name: string, verb: string, method: 'PUT' | 'GET' = 'PUT') =>
    cluster.subresource(NS, 'virtualmachineinstances', name, verb, { method });
  const migration = (vmiName: string) =>
    cluster.create(VIRTUAL_MACHINE_INSTANCE_MIGRATION, NS, {
      metadata: { name: `of-${vmiName}-${Math.random().toString(36).slice(2, 8)}`, namespace: NS },
      spec: { vmiName },
    });
  /** Our code, the status that the cluster answered with, and its sentence. */
  const refusal = async (work: Promise<unknown>): Promise<Json[]> => {
    const error = await work.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof Failure)) throw error ?? new Error('It was not refused.');
    return [error.code, clusterFailureDetails(error)?.status, error.message];
  };

  it('of power are told apart by what they mean', async () => {
    const rows: [Promise<unknown>, string, number, RegExp][] = [
      [machine('on', 'start'), 'cluster.state_conflict', 409, /^VM is already running$/],
      [machine('off', 'stop'), 'cluster.state_conflict', 409, /^VM is not running$/],
      [machine('manual', 'stop'), 'cluster.state_conflict', 409, /^VM is not running$/],
      [machine('off', 'restart'), 'cluster.state_conflict', 409, /Halted does not support manual restart/],
      [machine('on', 'restart', { gracePeriodSeconds: 5 }), 'cluster.refused', 400, /only gracePeriod=0/],
      [machine('none', 'start'), 'cluster.not_found', 404, /not found/],
      [instance('off', 'pause'), 'cluster.not_found', 404, /not found/],
      [instance('on', 'unpause'), 'cluster.state_conflict', 409, /^VMI is not paused$/],
      [instance('probed', 'pause'), 'cluster.state_conflict', 403, /liveness probe cannot be paused/],
      [
        instance('on', 'guestosinfo', 'GET'),
        'cluster.state_conflict',
        500,
        /^The guest agent is not connected\.$/,
      ],
    ];
    for (const [work, code, status, says] of rows) {
      expect(await refusal(work)).toEqual([code, status, expect.stringMatching(says)]);
    }
  });

  it('of migrations are real ones, not errors of the server', async () => {
    expect(await refusal(migration('off'))).toEqual([
      'cluster.refused',
      403,
      `the VMI "${NS}/off" does not exist`,
    ]);
    await migration('on');
    expect(await refusal(migration('on'))).toEqual([
      'cluster.state_conflict',
      403,
      expect.stringMatching(/^in-flight migration detected\./),
    ]);
    // The same by the subresource is wrapped into a 500, which is not "down".
    expect(await refusal(machine('on', 'migrate'))).toEqual([
      'cluster.state_conflict',
      500,
      expect.stringMatching(/^in-flight migration detected\./),
    ]);
    expect((await refusal(machine('off', 'migrate'))).slice(0, 2)).toEqual(['cluster.not_found', 404]);
  });

  it('of a quota tell its amounts', async () => {
    await cluster.create(RESOURCE_QUOTA, NS, {
      metadata: { name: 'small', namespace: NS },
      spec: { hard: { 'requests.storage': '1Gi' } },
    });
    const claim = {
      metadata: { name: 'big', namespace: NS },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    };
    const create = () => cluster.create(PERSISTENT_VOLUME_CLAIM, NS, claim);
    expect(await refusal(create())).toEqual(['cluster.quota_exceeded', 403, 'The quota "small" is used up.']);
  });
});
