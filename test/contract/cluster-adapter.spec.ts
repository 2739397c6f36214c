import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/kubevirt-types/kube-object.js';
import { ClusterModule } from '../../src/platform/cluster/cluster.module.js';
import { ClusterCache, type Keyed, type ResourceCache } from '../../src/platform/cluster/cluster-cache.js';
import { ClusterCapabilities } from '../../src/platform/cluster/cluster-capabilities.js';
import {
  ClusterClient,
  type ClusterObject,
  type Impersonation,
} from '../../src/platform/cluster/cluster-client.js';
import { SILENT_LOGGER } from '../../src/platform/cluster/cluster-logger.js';
import {
  CLUSTER_INSTANCETYPE,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  NAMESPACE,
  ROLE_BINDING,
  SECRET,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_INSTANCE,
} from '../../src/platform/cluster/kinds.js';
import type { ReflectorEvent } from '../../src/platform/cluster/reflector.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';

interface View extends Keyed {
  state: string;
}

const NS = 'vg-demo';
const RBAC = join(import.meta.dirname, '../../deploy/rbac/virtgate.yaml');
const as = (role: string): Impersonation => ({
  user: `virtgate:user:${role}`,
  groups: [`virtgate:project:demo:${role}`],
});
const view = (object: KubeObject): View => ({
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
  uid: object.metadata.uid ?? '',
  resourceVersion: object.metadata.resourceVersion ?? '',
  state: (object.status as { printableStatus?: string } | undefined)?.printableStatus ?? 'none',
});
const machine = (name: string): ClusterObject => ({
  metadata: { name, namespace: NS },
  spec: {
    runStrategy: 'Halted',
    template: {
      metadata: {},
      spec: {
        terminationGracePeriodSeconds: 1,
        domain: {
          devices: { disks: [{ name: 'seed', disk: { bus: 'virtio' } }] },
          memory: { guest: '128Mi' },
        },
        volumes: [{ name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n' } }],
      },
    },
  },
});

describe('the cluster adapter against the sandbox', () => {
  let directory: string;
  let sandbox: Sandbox;
  let app: INestApplicationContext;
  let admin: INestApplicationContext;
  let client: ClusterClient;
  let machines: ResourceCache<View>;
  let told: ReflectorEvent[];

  const startSandbox = async () => {
    sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'simulated',
      logger: { info() {}, warn() {}, error() {} },
    });
    await sandbox.start();
  };
  const contextOf = (kubeconfig: string, onEvent?: (plural: string, event: ReflectorEvent) => void) =>
    NestFactory.createApplicationContext(
      ClusterModule.forRoot({ kubeconfig, logger: SILENT_LOGGER, reflector: { onEvent } }),
      { logger: false, abortOnError: false },
    );
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error) => error.code ?? error,
    );
  const until = async (condition: () => boolean, what: string) => {
    for (let waited = 0; !condition(); waited += 20) {
      if (waited > 15_000) throw new Error(`${what}: it did not happen within 15 seconds.`);
      await sleep(20);
    }
  };
  const state = (name: string) => machines.get(NS, name)?.state;
  const call = (
    resource: 'virtualmachines' | 'virtualmachineinstances',
    name: string,
    verb: string,
    role: string,
  ) => client.subresource(NS, resource, name, verb, { as: as(role) });
  const faults = async (body: object) => {
    const { authorization, server, ca } = await adminAccess();
    const { Agent, request } = await import('undici');
    const dispatcher = new Agent({ connect: { ca } });
    const { statusCode, body: answer } = await request(`${server}/sandbox/faults`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization, 'content-type': 'application/json' },
      dispatcher,
    });
    await answer.dump();
    await dispatcher.destroy();
    expect(statusCode).toBe(200);
  };
  const adminAccess = async () => {
    const config = parse(await readFile(sandbox.kubeconfigPath, 'utf8'));
    return {
      server: config.clusters[0].cluster.server as string,
      ca: Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64'),
      authorization: `Bearer ${config.users[0].user.token}`,
    };
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cluster-adapter-'));
    await startSandbox();
    admin = await contextOf(sandbox.kubeconfigPath);
    for (const document of parseAllDocuments(await readFile(RBAC, 'utf8'))) {
      const object = document.toJS() as ClusterObject;
      const kind = object.kind === 'ClusterRole' ? CLUSTER_ROLE : CLUSTER_ROLE_BINDING;
      await admin.get(ClusterClient).patch(kind, null, object.metadata.name, { type: 'apply', body: object });
    }
    told = [];
    app = await contextOf(sandbox.gatewayKubeconfigPath, (plural, event) => {
      if (plural === VIRTUAL_MACHINE.plural) told.push(event);
    });
    client = app.get(ClusterClient);
    const cache = app.get(ClusterCache);
    machines = cache.define({ kind: VIRTUAL_MACHINE, project: view });
    cache.define({ kind: CLUSTER_INSTANCETYPE, project: view });
    await cache.whenSynced();
  });

  afterAll(async () => {
    await app?.close();
    await admin?.close();
    await sandbox?.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  it('keeps a project with its own rights: namespace and bindings to the four roles, nothing more', async () => {
    await client.create(NAMESPACE, null, {
      metadata: { name: NS, labels: { 'virtgate.io/project': 'demo' } },
    });
    for (const role of ['viewer', 'operator', 'editor', 'admin']) {
      await client.patch(ROLE_BINDING, NS, `virtgate-${role}`, {
        type: 'apply',
        body: {
          metadata: { name: `virtgate-${role}`, namespace: NS },
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: `virtgate:project:${role}`,
          },
          subjects: [
            { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `virtgate:project:demo:${role}` },
          ],
        },
      });
    }
    const escalation = client.create(ROLE_BINDING, NS, {
      metadata: { name: 'escalation' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'virtgate-gateway' }],
    });
    expect(await codeOf(escalation)).toMatch(/^cluster\.(forbidden|refused)$/);
    expect(await codeOf(client.create(VIRTUAL_MACHINE, NS, machine('own')))).toBe('cluster.forbidden');
    expect(await codeOf(client.get(SECRET, NS, 'any'))).toBe('cluster.forbidden');
  });

  it('writes as the tenant, within the role, and nowhere else', async () => {
    expect(await codeOf(client.create(VIRTUAL_MACHINE, NS, machine('no'), { as: as('viewer') }))).toBe(
      'cluster.forbidden',
    );
    expect(await codeOf(client.create(VIRTUAL_MACHINE, NS, machine('no'), { as: as('operator') }))).toBe(
      'cluster.forbidden',
    );
    expect(
      await codeOf(client.create(VIRTUAL_MACHINE, 'default', machine('no'), { as: as('admin') })),
    ).toMatch(/^cluster\.(forbidden|refused)$/);
    const dry = await client.create(VIRTUAL_MACHINE, NS, machine('dry'), { as: as('editor'), dryRun: true });
    expect(dry.metadata.name).toBe('dry');
    expect(await codeOf(client.get(VIRTUAL_MACHINE, NS, 'dry'))).toBe('cluster.not_found');
    const made = await client.create(VIRTUAL_MACHINE, NS, machine('web'), { as: as('editor') });
    expect(made).toMatchObject({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine' });
    await until(() => state('web') === 'Stopped', 'the cache shows the machine');
    expect(machines.get(NS, 'web')?.uid).toBe(made.metadata.uid);
    expect(await codeOf(client.create(VIRTUAL_MACHINE, NS, machine('web'), { as: as('editor') }))).toBe(
      'cluster.already_exists',
    );
    const secret = { metadata: { name: 'seed' }, stringData: { userdata: '#cloud-config' } };
    await client.create(SECRET, NS, secret, { as: as('editor') });
    await client.delete(SECRET, NS, 'seed', { as: as('editor') });
  });

  it('tells refusals apart', async () => {
    const stale = await client.get(VIRTUAL_MACHINE, NS, 'web');
    await client.patch(
      VIRTUAL_MACHINE,
      NS,
      'web',
      { type: 'merge', body: { metadata: { labels: { a: 'b' } } } },
      { as: as('editor') },
    );
    expect(await codeOf(client.replace(VIRTUAL_MACHINE, NS, stale, { as: as('editor') }))).toBe(
      'cluster.conflict',
    );
    const bad = machine('bad');
    bad.spec.template.spec.domain.devices.disks[0].disk.bus = 'floppy';
    const failure = await client
      .create(VIRTUAL_MACHINE, NS, bad, { as: as('editor') })
      .catch((error) => error);
    expect(failure).toMatchObject({ code: 'cluster.refused', details: { status: 422 } });
    expect(failure.message).not.toContain('admission webhook');
    expect(failure.details.causes[0].field).toContain('disks[0]');
    expect(await codeOf(client.get(VIRTUAL_MACHINE, NS, 'nope'))).toBe('cluster.not_found');
    expect(await codeOf(call('virtualmachines', 'nope', 'start', 'operator'))).toBe('cluster.not_found');
    expect(await codeOf(call('virtualmachines', 'web', 'stop', 'operator'))).toBe('cluster.state_conflict');
    expect(await codeOf(call('virtualmachines', 'web', 'start', 'viewer'))).toBe('cluster.forbidden');
  });

  it('drives power, and the cache follows', async () => {
    expect(await call('virtualmachines', 'web', 'start', 'operator')).toBeNull();
    await until(() => state('web') === 'Running', 'the machine runs');
    const again = await call('virtualmachines', 'web', 'start', 'operator').catch((error) => error);
    expect(again).toMatchObject({ code: 'cluster.state_conflict', message: 'VM is already running' });
    await call('virtualmachineinstances', 'web', 'pause', 'operator');
    await until(() => state('web') === 'Paused', 'the machine is paused');
    await call('virtualmachineinstances', 'web', 'unpause', 'operator');
    await until(() => state('web') === 'Running', 'the machine runs again');
    await client.subresource(NS, 'virtualmachines', 'web', 'stop', { as: as('operator'), dryRun: true });
    expect((await client.get(VIRTUAL_MACHINE, NS, 'web')).spec.runStrategy).toBe('Always');
    const before = (await client.get(VIRTUAL_MACHINE_INSTANCE, NS, 'web')).metadata.uid;
    await client.subresource(NS, 'virtualmachineinstances', 'web', 'softreboot', {
      as: as('operator'),
      dryRun: true,
    });
    expect((await client.get(VIRTUAL_MACHINE_INSTANCE, NS, 'web')).metadata.uid).toBe(before);
  });

  it('opens a console as the tenant, and tells why not', async () => {
    const stream = await client.connect(NS, 'virtualmachineinstances', 'web', 'console', {
      as: as('operator'),
    });
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.write('\r\n');
    await until(() => parts.length > 0, 'the console answers');
    stream.destroy();
    const refused = (name: string, role: string) =>
      codeOf(client.connect(NS, 'virtualmachineinstances', name, 'console', { as: as(role) }));
    expect(await refused('web', 'viewer')).toBe('cluster.forbidden');
    expect(await refused('nope', 'operator')).toBe('cluster.not_found');
  });

  it('knows what the cluster can do', async () => {
    const capabilities = await app.get(ClusterCapabilities).current();
    expect(capabilities.kubernetes).toMatch(/^v1\.\d+/);
    expect(capabilities.kubevirt).toMatch(/^v1\.\d+\.\d+/);
    expect(capabilities.cdi).toMatch(/^v1\.\d+\.\d+/);
    expect(capabilities.apis['kubevirt.io']).toContain('v1');
    expect(capabilities.featureGates).toHaveProperty('Snapshot');
    expect(capabilities.storage).toEqual([
      expect.objectContaining({ sharedAccess: true, snapshotClass: expect.any(String) }),
      expect.objectContaining({ sharedAccess: false, snapshotClass: null }),
    ]);
  });

  it('recovers from dropped watches, a forgotten history and a storm of refusals', async () => {
    const lists = () => told.filter((event) => event === 'list').length;
    const before = lists();
    await faults({ dropWatches: true });
    const label = (value: string) =>
      client.patch(
        VIRTUAL_MACHINE,
        NS,
        'web',
        { type: 'merge', body: { metadata: { labels: { a: value } } } },
        { as: as('editor') },
      );
    const current = async (value: string) => {
      const { resourceVersion } = (await label(value)).metadata;
      await until(
        () => Number(machines.get(NS, 'web')?.resourceVersion) >= Number(resourceVersion),
        `the cache has ${value}`,
      );
    };
    await current('one');
    expect(lists()).toBe(before);
    await faults({
      rules: [
        { resource: 'virtualmachines.kubevirt.io', verb: 'watch', code: 429, retryAfterSeconds: 1, times: 2 },
        { resource: 'virtualmachines.kubevirt.io', verb: 'list', code: 503, times: 1 },
      ],
      dropWatches: true,
    });
    await label('two');
    await faults({ compact: true });
    await until(() => lists() > before, 'the cache lists again');
    await current('three');
    expect(await codeOf(client.get(VIRTUAL_MACHINE, NS, 'web'))).toBe('done');
  });

  it('survives a restart of the cluster, and so do its machines', async () => {
    const { uid } = machines.get(NS, 'web') as View;
    await sandbox.stop({ detachGuests: true });
    expect(await codeOf(client.get(VIRTUAL_MACHINE, NS, 'web'))).toBe('cluster.unavailable');
    expect(machines.get(NS, 'web')?.uid).toBe(uid);
    await sleep(1_500);
    await startSandbox();
    await client.create(VIRTUAL_MACHINE, NS, machine('after'), { as: as('editor') });
    await until(() => state('after') === 'Stopped', 'the cache follows again');
    expect(machines.get(NS, 'web')?.uid).toBe(uid);
  });

  it('deletes with preconditions, and the cache forgets', async () => {
    expect(
      await codeOf(client.delete(VIRTUAL_MACHINE, NS, 'web', { as: as('editor'), uid: 'another' })),
    ).toBe('cluster.conflict');
    const { uid } = machines.get(NS, 'web') as View;
    await client.delete(VIRTUAL_MACHINE, NS, 'web', { as: as('editor'), uid, propagation: 'Foreground' });
    await client.delete(VIRTUAL_MACHINE, NS, 'after', { as: as('editor') });
    await until(() => machines.inNamespace(NS).length === 0, 'the machines are gone');
    expect(await codeOf(client.delete(VIRTUAL_MACHINE, NS, 'web', { as: as('editor') }))).toBe(
      'cluster.not_found',
    );
  });
});
