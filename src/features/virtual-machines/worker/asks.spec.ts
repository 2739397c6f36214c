import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeApiPeer, type SeenRequest } from '../../../../test/contract/kube-api-peer.js';
import { SystemClock } from '../../../kernel/clock.js';
import { forbidden } from '../../../kernel/failures.js';
import { ApiDiscovery } from '../../../platform/cluster/api-discovery.js';
import { ClusterCredentials } from '../../../platform/cluster/cluster-credentials.js';
import { ClusterTransport } from '../../../platform/cluster/cluster-transport.js';
import { KubernetesClusterClient } from '../../../platform/cluster/kubernetes-cluster-client.js';
import { CheckedImportPolicy } from '../../../platform/import-policy/checked-import-policy.js';
import type { AccessContract, ProjectDirectory } from '../../access/access.contract.js';
import { TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { AssociatedCaches } from '../data/associated-views.js';
import { FedClusterCache } from '../data/fed-cluster-cache.spec-support.js';
import { MachineCaches } from '../data/machine-caches.js';
import { cloudInitSecretName } from '../domain/names.js';
import { specify } from '../domain/specify.js';
import { CreateMachine } from './create-machine.js';
import { DeleteMachine } from './delete-machine.js';
import { ImportWatch } from './import-watch.js';
import { PowerAsks } from './power-asks.js';
import { operation } from './sample-observations.spec-support.js';

const NS = 'vg-demo-1';
const SECRET = cloudInitSecretName('web', 'op-1');
const status = (code: number, reason: string, message: string) => ({
  status: code,
  body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code }),
});
const conflict = (message: string) => status(409, 'Conflict', message);
const ok = (body: object = {}) => ({ status: 200, body: JSON.stringify(body) });

describe('what is asked of the cluster', () => {
  let peer: KubeApiPeer;
  let transport: ClusterTransport;
  let asks: TenantAsks;
  let ready: boolean;
  let allowed: boolean;
  let caches: MachineCaches;

  beforeEach(async () => {
    peer = await KubeApiPeer.start();
    peer.groups = {
      'kubevirt.io': ['v1'],
      'cdi.kubevirt.io': ['v1beta1'],
      'subresources.kubevirt.io': ['v1'],
    };
    transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: peer.kubeconfig }));
    const client = new KubernetesClusterClient(transport, new ApiDiscovery(transport, 0));
    ready = true;
    allowed = true;
    const access = {
      impersonationFor: () => {
        if (!allowed) throw forbidden();
        return Promise.resolve({ user: 'virtgate:user:u-1', groups: ['virtgate:project:demo:editor'] });
      },
    } as unknown as AccessContract;
    const projects = { namespaceReady: () => ready } as unknown as ProjectDirectory;
    asks = new TenantAsks(client, access, projects);
    caches = new MachineCaches(new FedClusterCache());
  });

  afterEach(async () => {
    await transport.close();
    await peer.end();
  });

  /** Answers writes by "METHOD last/segments"; reads come from the peer's own objects. */
  const answer = (answers: Record<string, ReturnType<typeof status>[]>) => {
    peer.intercept = ({ method, path }) => {
      const key = Object.keys(answers).find((entry) => {
        const [verb, end = ''] = entry.split(' ');
        return verb === method && path.endsWith(`/${end}`);
      });
      return (key && answers[key]?.shift()) || null;
    };
  };
  const writes = (): string[] =>
    peer.seen
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`);
  const resultOf = (work: Promise<unknown>) =>
    work.then(
      (notes) => notes,
      (error) => error.code ?? String(error),
    );
  const groups = ({ rawHeaders }: SeenRequest) =>
    rawHeaders.filter((_, index, all) => all[index - 1]?.toLowerCase() === 'impersonate-group');
  const vm = (more: object = {}, operationId = 'op-1') =>
    peer.put('virtualmachines', {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: {
        namespace: NS,
        name: 'web',
        uid: 'vm-1',
        annotations: { 'virtgate.io/operation-id': operationId },
      },
      ...more,
    });
  const vmi = (more: object = {}, meta: object = {}) =>
    peer.put('virtualmachineinstances', {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: { namespace: NS, name: 'web', uid: 'vmi-1', ...meta },
      status: { phase: 'Running', ...more },
    });

  describe('vm.create', () => {
    let sources: Server;
    let origin: string;
    const creating = (more: object = {}, record: Partial<OperationRecord> = {}) =>
      operation(
        ['check-source'],
        {},
        {
          input: {
            spec: specify({
              name: 'web',
              cpus: 1,
              memory: '1Gi',
              userData: '#cloud-config\n{}\n',
              bootDisk: { blank: true, size: '1Gi' },
              ...more,
            }),
          },
          ...record,
        },
      );
    const machine = () => {
      const policy = new CheckedImportPolicy({ allowedHosts: [new URL(origin).host] });
      return new CreateMachine(caches, asks, policy, new ImportWatch(caches, new SystemClock()));
    };
    const made = () => ({
      status: 201,
      body: JSON.stringify(vm()),
    });

    beforeEach(async () => {
      sources = createServer((request, response) => {
        response.statusCode = request.url === '/good' ? 200 : 404;
        response.end('x'.repeat(512));
      });
      await new Promise<void>((resolve) => sources.listen(0, '127.0.0.1', resolve));
      origin = `http://127.0.0.1:${(sources.address() as AddressInfo).port}`;
    });
    afterEach(() => new Promise((resolve) => sources.close(resolve)));

    it('keeps what is wrong with a source as a note, whatever kind of failure it is', async () => {
      const check = (url: string) => machine().ask(creating({ bootDisk: { url } }), 'check-source');
      expect(await check(`${origin}/good`)).not.toHaveProperty('failed');
      expect(JSON.parse((await check(`${origin}/bad`)).failed ?? '')).toMatchObject({
        code: 'import.source_unavailable',
        message: expect.stringContaining('404'),
      });
      expect(JSON.parse((await check('http://10.0.0.1/x')).failed ?? '').code).toBe('import.url_forbidden');
    });

    it('makes the secret, then the machine, then gives it the secret; all as the tenant', async () => {
      answer({
        'POST secrets': [ok()],
        'POST virtualmachines': [
          {
            status: 201,
            body: '{"metadata":{"name":"web","uid":"vm-1","annotations":{"virtgate.io/operation-id":"op-1"}}}',
          },
        ],
        [`PATCH ${SECRET}`]: [ok()],
      });
      expect(await machine().ask(creating(), 'create-machine')).toEqual({ uid: 'vm-1' });
      expect(writes()).toEqual([
        `POST ${NS}/secrets`,
        `POST ${NS}/virtualmachines`,
        `PATCH secrets/${SECRET}`,
      ]);
      for (const request of peer.seen.filter(({ method }) => method !== 'GET')) {
        expect(groups(request)).toContain('virtgate:project:demo:editor');
      }
      expect(JSON.parse(peer.seen.at(-1)?.body ?? '').metadata.ownerReferences).toEqual([
        { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'web', uid: 'vm-1' },
      ]);
    });

    it('meets its own earlier delivery, at whatever point that ended', async () => {
      answer({
        'POST secrets': [status(409, 'AlreadyExists', 'secrets already exists')],
        'POST virtualmachines': [made()],
        [`PATCH ${SECRET}`]: [ok()],
      });
      expect(await machine().ask(creating(), 'create-machine')).toEqual({ uid: 'vm-1' });
      answer({ [`PATCH ${SECRET}`]: [ok()] });
      peer.seen.length = 0;
      expect(await machine().ask(creating(), 'create-machine')).toEqual({ uid: 'vm-1' });
      expect(writes()).toEqual([`PATCH secrets/${SECRET}`]);
    });

    it('does not take the machine of someone else for its own', async () => {
      vm({}, 'op-of-another');
      expect(await resultOf(machine().ask(creating(), 'create-machine'))).toBe('vm.exists');
      expect(writes()).toEqual([]);
    });

    it('makes nothing for an operation that is being given up', async () => {
      expect(await machine().ask(creating({}, { cancelRequested: true }), 'create-machine')).toEqual({
        cancelled: 'true',
      });
      expect(peer.seen).toEqual([]);
    });

    it('asks the present rights, and waits for a namespace that is still coming', async () => {
      ready = false;
      expect(await resultOf(machine().ask(creating(), 'create-machine'))).toBe('service.unavailable');
      ready = true;
      allowed = false;
      expect(await resultOf(machine().ask(creating(), 'create-machine'))).toBe('auth.forbidden');
      expect(writes()).toEqual([]);
    });

    it('tries again while role bindings spread, and not for ever', async () => {
      const denied = () =>
        status(
          403,
          'Forbidden',
          'secrets is forbidden: User "x" cannot create resource "secrets" in API group ""',
        );
      const aged = (seconds: number) => creating({}, { createdAt: new Date(Date.now() - seconds * 1000) });
      answer({ 'POST secrets': [denied(), denied()] });
      expect(await resultOf(machine().ask(aged(1), 'create-machine'))).toBe('service.unavailable');
      expect(await resultOf(machine().ask(aged(60), 'create-machine'))).toBe('cluster.forbidden');
    });

    it("cleans up its own machine and secret, and nobody else's", async () => {
      vm();
      answer({ 'DELETE virtualmachines/web': [ok()], [`DELETE secrets/${SECRET}`]: [ok()] });
      await machine().ask(creating(), 'clean-up');
      expect(writes()).toEqual(['DELETE virtualmachines/web', `DELETE secrets/${SECRET}`]);
      vm({}, 'op-of-another');
      peer.seen.length = 0;
      answer({ [`DELETE secrets/${SECRET}`]: [status(404, 'NotFound', 'secrets not found')] });
      await machine().ask(creating(), 'clean-up');
      expect(writes()).toEqual([`DELETE secrets/${SECRET}`]);
    });

    it('takes the protection off what it cleans up, or the cluster would not let it go', async () => {
      vm({
        metadata: {
          namespace: NS,
          name: 'web',
          uid: 'vm-1',
          labels: { 'kubevirt.io/vm-delete-protection': 'true' },
          annotations: { 'virtgate.io/operation-id': 'op-1' },
        },
      });
      answer({
        'PATCH virtualmachines/web': [ok()],
        'DELETE virtualmachines/web': [ok()],
        [`DELETE secrets/${SECRET}`]: [ok()],
      });
      await machine().ask(creating(), 'clean-up');
      expect(writes()).toEqual([
        'PATCH virtualmachines/web',
        'DELETE virtualmachines/web',
        `DELETE secrets/${SECRET}`,
      ]);
      const patch = peer.seen.find(({ method }) => method === 'PATCH');
      expect(JSON.parse(patch?.body ?? '')).toMatchObject({
        metadata: { uid: 'vm-1', labels: { 'kubevirt.io/vm-delete-protection': null } },
      });
    });
  });

  describe('power', () => {
    const ask = (action: string, options: object = {}) =>
      resultOf(
        new PowerAsks(asks).ask(
          operation(['request'], {}, { input: { action, options, uid: 'vm-1', instanceUid: 'vmi-1' } }),
        ),
      );
    const ALWAYS = { spec: { runStrategy: 'Always' }, status: { printableStatus: 'Running' } };
    const HALTED = { spec: { runStrategy: 'Halted' }, status: { printableStatus: 'Stopped' } };
    const deletion = { deletionTimestamp: '2030-01-01T00:00:00Z' };

    it('sends the body that KubeVirt wants', async () => {
      answer({ 'PUT web/stop': [status(202, '', '')] });
      await ask('stop', { force: true });
      expect(peer.seen.at(-1)).toMatchObject({ method: 'PUT', body: '{"gracePeriod":0}' });
    });

    it.each<[string, string, string, () => void, unknown]>([
      ['start', 'it runs by now', 'VM is already running', () => [vm(ALWAYS), vmi()], {}],
      [
        'start',
        'the old instance shuts down',
        'VM is already running',
        () => [vm(HALTED), vmi({}, deletion)],
        { waitsFor: 'vmi-1' },
      ],
      [
        'start',
        'the old instance is about to shut down',
        'VM is already running',
        () => [vm(HALTED), vmi()],
        { waitsFor: 'vmi-1' },
      ],
      [
        'start',
        'the old instance of a Manual machine has been told to stop',
        'VM is already running',
        () => [
          vm({
            spec: { runStrategy: 'Manual' },
            status: { printableStatus: 'Running', stateChangeRequests: [{ action: 'Stop', uid: 'vmi-1' }] },
          }),
          vmi(),
        ],
        { waitsFor: 'vmi-1' },
      ],
      [
        'start',
        'it starts by itself',
        'Always does not support manual start requests',
        () => [vm(ALWAYS)],
        {},
      ],
      ['stop', 'it is off by now', 'VM is not running', () => [vm(HALTED)], {}],
      [
        'stop',
        'it shuts down by now',
        'Halted only supports manual stop requests with a shorter graceperiod',
        () => [vm(HALTED), vmi({}, deletion)],
        {},
      ],
      [
        'stop',
        'it boots',
        'VM is not running',
        () => [vm(ALWAYS), vmi({ phase: 'Scheduling' })],
        'service.unavailable',
      ],
      [
        'pause',
        'it is paused by now',
        'VMI is already paused',
        () => [vm(ALWAYS), vmi({ conditions: [{ type: 'Paused', status: 'True' }] })],
        {},
      ],
      ['pause', 'it is off', 'VMI is not running', () => [vm(HALTED)], 'vm.not_running'],
      ['unpause', 'it runs by now', 'VMI is not paused', () => [vm(ALWAYS), vmi()], {}],
      ['soft-reboot', 'it is off', 'VMI is not running', () => [vm(HALTED)], 'vm.not_running'],
      ['restart', 'it is off', 'VM is not running', () => [vm(HALTED)], 'vm.not_running'],
      ['stop', 'it is gone', 'VM is not running', () => [], 'vm.not_found'],
    ])('%s, refused: %s', async (action, _what, message, prepare, expected) => {
      prepare();
      const path = action === 'soft-reboot' ? 'softreboot' : action;
      answer({
        [`PUT web/${path}`]: [
          conflict(`Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": ${message}`),
        ],
      });
      expect(await ask(action)).toEqual(expected);
    });

    it('tries again when KubeVirt is in the middle of another one', async () => {
      vm(ALWAYS);
      const message = 'Internal error occurred: unable to complete request: stop/start already underway';
      answer({ 'PUT web/stop': [status(500, 'InternalError', message)] });
      expect(await ask('stop')).toBe('service.unavailable');
    });

    it('makes a Manual machine Manual again before it starts it, and no other', async () => {
      const start = (wanted: string | null) =>
        resultOf(
          new PowerAsks(asks).ask(
            operation(['request'], {}, { input: { action: 'start', options: {}, uid: 'vm-1', wanted } }),
          ),
        );
      vm(HALTED);
      answer({ 'PATCH virtualmachines/web': [ok()], 'PUT web/start': [status(202, '', '')] });
      expect(await start('Manual')).toEqual({});
      expect(writes()).toEqual(['PATCH virtualmachines/web', 'PUT web/start']);
      const patch = peer.seen.find(({ method }) => method === 'PATCH');
      expect(JSON.parse(patch?.body ?? '')).toMatchObject({
        metadata: { uid: 'vm-1' },
        spec: { runStrategy: 'Manual' },
      });
      peer.seen.length = 0;
      answer({ 'PUT web/start': [status(202, '', '')] });
      expect(await start(null)).toEqual({});
      expect(writes()).toEqual(['PUT web/start']);
    });

    it('brings RerunOnFailure back after KubeVirt has made it Always, also when asked twice', async () => {
      const start = () =>
        resultOf(
          new PowerAsks(asks).ask(
            operation(
              ['request'],
              {},
              {
                input: { action: 'start', options: {}, uid: 'vm-1', wanted: 'RerunOnFailure' },
              },
            ),
          ),
        );
      vm(ALWAYS);
      vmi();
      answer({
        'PUT web/start': [
          conflict(
            'Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": VM is already running',
          ),
        ],
        'PATCH virtualmachines/web': [ok()],
      });
      expect(await start()).toEqual({});
      expect(writes()).toEqual(['PUT web/start', 'PATCH virtualmachines/web']);
      const patch = peer.seen.find(({ method }) => method === 'PATCH');
      expect(JSON.parse(patch?.body ?? '')).toMatchObject({ spec: { runStrategy: 'RerunOnFailure' } });
    });

    it('restarts once, however often it is delivered', async () => {
      vm(ALWAYS);
      vmi({}, { uid: 'vmi-2' });
      expect(await ask('restart')).toEqual({});
      expect(writes()).toEqual([]);
    });

    it('knows a machine without an instance from none', async () => {
      answer({
        'PUT web/pause': [status(404, 'NotFound', 'virtualmachineinstance.kubevirt.io "web" not found')],
      });
      expect(await ask('pause')).toBe('vm.not_running');
      answer({ 'PUT web/start': [status(404, 'NotFound', 'virtualmachine.kubevirt.io "web" not found')] });
      expect(await ask('start')).toBe('vm.not_found');
    });
  });

  describe('vm.delete', () => {
    const deleting = (disks: string) =>
      operation(['release-disks'], {}, { input: { disks, uid: 'vm-1', ownDisks: ['web-root'] } });
    const ask = (disks: string, step: string) =>
      resultOf(
        new DeleteMachine(caches, asks, new AssociatedCaches(new FedClusterCache())).ask(
          deleting(disks),
          step,
        ),
      );

    it('takes templates, then ownership off a kept disk, leaving other owners', async () => {
      const owners = [
        { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'web', uid: 'vm-1' },
        { apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'x-1' },
      ];
      peer.put('datavolumes', { metadata: { namespace: NS, name: 'web-root', ownerReferences: owners } });
      answer({
        'PATCH virtualmachines/web': [ok({ metadata: {} })],
        'PATCH datavolumes/web-root': [ok()],
        'GET persistentvolumeclaims/web-root': [
          status(404, 'NotFound', 'persistentvolumeclaims "web-root" not found'),
        ],
      });
      expect(await ask('keep', 'release-disks')).toEqual({});
      expect(writes()).toEqual(['PATCH virtualmachines/web', 'PATCH datavolumes/web-root']);
      const [templates, ownership] = peer.seen
        .filter(({ method }) => method === 'PATCH')
        .map(({ body }) => JSON.parse(body));
      expect(templates).toEqual({ metadata: { uid: 'vm-1' }, spec: { dataVolumeTemplates: null } });
      expect(ownership.metadata.ownerReferences).toEqual([owners[1]]);
      expect(ownership.metadata.resourceVersion).toBeDefined();
    });

    it('leaves disks alone that go with the machine', async () => {
      expect(await ask('delete', 'release-disks')).toEqual({});
      expect(peer.seen).toEqual([]);
    });

    it.each([
      ['is gone', status(404, 'NotFound', 'virtualmachines.kubevirt.io "web" not found')],
      [
        'is another one',
        conflict('Precondition failed: UID in precondition: vm-1, UID in object meta: vm-2'),
      ],
    ])('is done when the machine %s', async (_what, refusal) => {
      answer({ 'DELETE virtualmachines/web': [refusal] });
      expect(await ask('delete', 'delete-machine')).toEqual({});
      expect(JSON.parse(peer.seen.at(-1)?.body ?? '{}')).toMatchObject({
        preconditions: { uid: 'vm-1' },
        propagationPolicy: 'Foreground',
      });
    });
  });
});
