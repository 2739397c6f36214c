import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMS } from './testing/sandbox-client.js';

const SNAPSHOTS = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/team/virtualmachinesnapshots';
const CONTENTS = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/team/virtualmachinesnapshotcontents';
const RESTORES = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/team/virtualmachinerestores';
const VOLUME_SNAPSHOTS = '/apis/snapshot.storage.k8s.io/v1/namespaces/team/volumesnapshots';
const CLAIMS = '/api/v1/namespaces/team/persistentvolumeclaims';
const EXPORTS = '/apis/export.kubevirt.io/v1/namespaces/team/virtualmachineexports';
const CLONES = '/apis/clone.kubevirt.io/v1beta1/namespaces/team/virtualmachineclones';
const SECRETS = '/api/v1/namespaces/team/secrets';
const MIB64 = 64 * 2 ** 20;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('protection of machines over HTTPS', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;

  const start = async () => {
    sandbox = await createSandbox({ dataDirectory: directory, port: 0, driver: 'simulated', logger: silent });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-protection-'));
    await start();
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
  });
  afterEach(async () => {
    await sandbox.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  const snapshot = (name: string, vm: string, spec: Untyped = {}) => ({
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshot',
    metadata: { name, namespace: 'team' },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: vm }, ...spec },
  });
  const restore = (name: string, vm: string, from: string, spec: Untyped = {}) => ({
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: { name, namespace: 'team' },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: vm },
      virtualMachineSnapshotName: from,
      ...spec,
    },
  });
  const post = async (path: string, body: Untyped) => {
    const answer = await client.call('POST', path, body);
    if (answer.code !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  const succeeded = (name: string) =>
    client.until(
      () => client.get(`${SNAPSHOTS}/${name}`),
      (one) => one?.status?.phase === 'Succeeded',
    );
  const complete = (name: string) =>
    client.until(
      () => client.get(`${RESTORES}/${name}`),
      (one) => one?.status?.complete === true,
    );
  const imageOf = async (claim: string) => {
    const { metadata } = await client.get(`${CLAIMS}/${claim}`);
    return join(directory, 'sandbox', 'disks', `${metadata.uid}.img`);
  };
  const put = async (claim: string, text: string) => {
    const path = await imageOf(claim);
    await writeFile(path, text);
    await truncate(path, MIB64);
  };
  const textOf = async (claim: string) =>
    (await readFile(await imageOf(claim))).subarray(0, 32).toString().replace(/\0+$/, '');
  const copies = async () =>
    (await readdir(join(directory, 'sandbox', 'snapshots'), { recursive: true }).catch(() => [])).filter(
      (one) => one.endsWith('.img'),
    );

  it('snapshots a running machine, restores it in place and to a new one, and deletes the copies', async () => {
    await post(VMS, machine('web'));
    await client.untilStatus('web', 'Running');
    await put('web-root', 'first');

    await post(SNAPSHOTS, snapshot('monday', 'web'));
    const taken = await succeeded('monday');
    expect(taken.status).toMatchObject({
      readyToUse: true,
      indications: ['Online', 'NoGuestAgent'],
      snapshotVolumes: { includedVolumes: ['rootdisk'], excludedVolumes: ['seed'] },
    });
    const content = await client.get(`${CONTENTS}/${taken.status.virtualMachineSnapshotContentName}`);
    expect(content.spec.volumeBackups).toMatchObject([
      { volumeName: 'rootdisk', persistentVolumeClaim: { metadata: { name: 'web-root' } } },
    ]);
    expect(
      await client.get(`${VOLUME_SNAPSHOTS}/${content.spec.volumeBackups[0].volumeSnapshotName}`),
    ).toMatchObject({
      status: { readyToUse: true, restoreSize: String(MIB64) },
    });
    expect((await client.get(`${VMS}/web`)).status.snapshotInProgress).toBeUndefined();
    await put('web-root', 'second');

    await post(RESTORES, restore('back', 'web', 'monday'));
    await client.until(
      () => client.get(`${RESTORES}/back`),
      (one) => /powered off/.test(JSON.stringify(one?.status?.conditions)),
    );
    expect((await client.get(`${VMS}/web`)).status.restoreInProgress).toBe('back');
    expect(await client.call('PUT', `${ACTIONS}/virtualmachines/web/stop`)).toMatchObject({ code: 202 });
    const restored = await complete('back');
    expect(restored.status.deletedDataVolumes).toEqual(['web-root']);
    const [{ persistentVolumeClaim: claim }] = restored.status.restores;
    expect(await textOf(claim)).toBe('first');
    expect(await client.call('PUT', `${ACTIONS}/virtualmachines/web/start`)).toMatchObject({ code: 202 });
    await client.untilStatus('web', 'Running');
    await client.until(
      () => client.get(`${CLAIMS}/web-root`),
      (one) => one === undefined,
    );

    await post(
      RESTORES,
      restore('other', 'web2', 'monday', {
        patches: ['{"op": "add", "path": "/spec/template/spec/hostname", "value": "web2"}'],
      }),
    );
    const fresh = await complete('other');
    expect(await textOf(fresh.status.restores[0].persistentVolumeClaim)).toBe('first');
    expect(await client.untilStatus('web2', 'Stopped')).toMatchObject({
      spec: { runStrategy: 'Halted', template: { spec: { hostname: 'web2' } } },
    });

    expect(await copies()).toHaveLength(1);
    await client.call('DELETE', `${SNAPSHOTS}/monday`);
    await client.until(copies, (left) => left.length === 0);
    await client.until(
      () => client.get(`${SNAPSHOTS}/monday`),
      (one) => one === undefined,
    );
    expect((await client.get(CONTENTS)).items).toEqual([]);
    expect((await client.get(VOLUME_SNAPSHOTS)).items).toEqual([]);
  });

  function fetched(
    url: string,
    ca: string,
    headers: Record<string, string> = {},
  ): Promise<{ code: number; headers: IncomingHttpHeaders; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const call = request(url, { ca, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts),
          }),
        );
      });
      call.on('error', reject);
      call.end();
    });
  }

  it('exports disks of a machine that stands still, by token, in ranges, until their time is up', async () => {
    await post(VMS, machine('web', { spec: { runStrategy: 'Halted' } }));
    await client.untilStatus('web', 'Stopped');
    await put('web-root', 'exported bytes');
    await post(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'mine', namespace: 'team' },
      stringData: { token: 'open sesame' },
    });
    const source = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' };
    const wanted = (name: string, spec: Untyped) => ({
      apiVersion: 'export.kubevirt.io/v1',
      kind: 'VirtualMachineExport',
      metadata: { name, namespace: 'team' },
      spec: { source, ...spec },
    });
    await post(EXPORTS, wanted('out', { tokenSecretRef: 'mine' }));
    const isReady = (one: Untyped) => one?.status?.phase === 'Ready';
    const { status } = await client.until(() => client.get(`${EXPORTS}/out`), isReady);
    const { cert, volumes, manifests } = status.links.internal;
    const urlOf = (format: string) =>
      volumes[0].formats.find((one: Untyped) => one.format === format).url as string;
    expect(volumes).toMatchObject([{ name: 'web-root' }]);
    const token = { 'x-kubevirt-export-token': 'open sesame' };

    expect((await fetched(urlOf('raw'), cert)).code).toBe(401);
    expect((await fetched(urlOf('raw'), cert, { 'x-kubevirt-export-token': 'guess' })).code).toBe(401);
    const whole = await fetched(urlOf('raw'), cert, token);
    expect(whole.body.length).toBe(MIB64);
    expect(whole.body.subarray(0, 14).toString()).toBe('exported bytes');
    const part = await fetched(urlOf('raw'), cert, { ...token, range: 'bytes=9-13' });
    expect(part).toMatchObject({ code: 206, headers: { 'content-range': `bytes 9-13/${MIB64}` } });
    expect(part.body.toString()).toBe('bytes');
    const beyond = await fetched(urlOf('raw'), cert, { ...token, range: `bytes=${MIB64}-` });
    expect(beyond.code).toBe(416);
    const packed = await fetched(`${urlOf('gzip')}?x-kubevirt-export-token=open%20sesame`, cert);
    expect(gunzipSync(packed.body).equals(whole.body)).toBe(true);
    expect((await fetched(urlOf('raw').replace('web-root', 'other'), cert, token)).code).toBe(404);
    expect((await fetched(urlOf('raw').replace('/out/', '/none/'), cert, token)).code).toBe(404);
    const all = JSON.parse(String((await fetched(manifests[0].url, cert, token)).body));
    expect(all.items.map((one: Untyped) => one.kind)).toEqual(['ConfigMap', 'VirtualMachine', 'DataVolume']);

    await client.call('PUT', `${ACTIONS}/virtualmachines/web/start`);
    await client.untilStatus('web', 'Running');
    expect((await fetched(urlOf('raw'), cert, token)).code).toBe(503);
    await client.until(
      () => client.get(`${EXPORTS}/out`),
      (one) => one.status.phase === 'Pending' && one.status.links === undefined,
    );

    await post(EXPORTS, wanted('short', { ttlDuration: '1s' }));
    expect((await client.get(`${SECRETS}/export-token-short`)).data.token).toBeTruthy();
    await client.until(
      () => client.get(`${EXPORTS}/short`),
      (one) => one === undefined,
    );
    await client.until(
      () => client.get(`${SECRETS}/export-token-short`),
      (one) => one === undefined,
    );
  });

  it('clones a machine with another identity and leaves no snapshot behind', async () => {
    const web = machine('web');
    web.metadata.labels = { app: 'web', internal: 'yes' };
    web.spec.template.spec.domain.devices.interfaces = [
      { name: 'default', masquerade: {}, macAddress: '02-00-00-00-00-01' },
    ];
    web.spec.template.spec.networks = [{ name: 'default', pod: {} }];
    await post(VMS, web);
    await client.untilStatus('web', 'Running');
    await put('web-root', 'cloned');
    await post(CLONES, {
      apiVersion: 'clone.kubevirt.io/v1beta1',
      kind: 'VirtualMachineClone',
      metadata: { name: 'twin', namespace: 'team' },
      spec: {
        source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' },
        target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web-two' },
        labelFilters: ['*', '!internal'],
        newMacAddresses: { default: '02-00-00-00-00-02' },
        newSMBiosSerial: 'serial-two',
      },
    });
    await client.until(
      () => client.get(`${CLONES}/twin`),
      (one) => one?.status?.phase === 'Succeeded',
    );
    const twin = await client.untilStatus('web-two', 'Stopped');
    expect(twin.metadata.labels).toEqual({ app: 'web' });
    const { domain, volumes } = twin.spec.template.spec;
    expect(domain.devices.interfaces[0].macAddress).toBe('02-00-00-00-00-02');
    expect(domain.firmware.serial).toBe('serial-two');
    expect(await textOf(volumes[0].dataVolume.name)).toBe('cloned');
    await client.until(
      () => client.get(SNAPSHOTS),
      ({ items }) => items.length === 0,
    );
    await client.until(copies, (left) => left.length === 0);
    expect((await client.get(RESTORES)).items).toEqual([]);
    expect((await client.get(`${VMS}/web`)).status.printableStatus).toBe('Running');
  });

  it('refuses what KubeVirt refuses, locks the machine, and gives up at the deadline', async () => {
    await post(VMS, machine('web', { spec: { runStrategy: 'Halted' } }));
    await client.untilStatus('web', 'Stopped');
    const refused = async (path: string, body: Untyped) => {
      const answer = await client.call('POST', path, body);
      expect(answer.code).toBe(422);
      return answer.body.message as string;
    };
    const mac = '{"op": "add", "path": "/spec/template/x", "value": "02:00:00:00:00:01"}';
    expect(await refused(RESTORES, restore('r', 'web', 's', { patches: [mac] }))).toContain(
      'one ":" expected in a single key-value json patch',
    );
    expect(await refused(SNAPSHOTS, snapshot('s', 'web', { failureDeadline: 'soon' }))).toContain('soon');

    // Nothing is ever taken of a machine that does not exist.
    await post(SNAPSHOTS, snapshot('late', 'nobody', { failureDeadline: '1s' }));
    const late = await client.until(
      () => client.get(`${SNAPSHOTS}/late`),
      (one) => one?.status?.phase === 'Failed',
    );
    expect(late.status).toMatchObject({
      readyToUse: false,
      error: { message: 'snapshot deadline exceeded' },
    });
    expect(
      (
        await client.call('PUT', `${SNAPSHOTS}/late`, {
          ...late,
          spec: { ...late.spec, failureDeadline: '2s' },
        })
      ).code,
    ).toBe(422);

    // A restore that waits for its snapshot has not locked anything; one that waits for the stop has.
    await client.call('PUT', `${ACTIONS}/virtualmachines/web/start`);
    await client.untilStatus('web', 'Running');
    await post(SNAPSHOTS, snapshot('good', 'web'));
    await succeeded('good');
    await post(RESTORES, restore('back', 'web', 'good'));
    await client.until(
      () => client.get(`${VMS}/web`),
      (vm) => vm.status.restoreInProgress === 'back',
    );
    expect(await refused(RESTORES, restore('again', 'web', 'good'))).toContain('"back" in progress');
    await client.call('PUT', `${ACTIONS}/virtualmachines/web/stop`);
    await complete('back');
    expect((await client.get(`${VMS}/web`)).status.restoreInProgress).toBeUndefined();

    await post(RESTORES, restore('strict', 'web', 'good', { targetReadinessPolicy: 'FailImmediate' }));
    await complete('strict');
  });

  it('calls nothing ready whose copies are gone, and removes copies that nobody has', async () => {
    await post(VMS, machine('web', { spec: { runStrategy: 'Halted' } }));
    await client.untilStatus('web', 'Stopped');
    await post(SNAPSHOTS, snapshot('one', 'web'));
    await succeeded('one');
    await sandbox.stop({ detachGuests: true });
    const snapshots = join(directory, 'sandbox', 'snapshots');
    const [group = ''] = await readdir(snapshots);
    await rename(join(snapshots, group), join(snapshots, `${group}.partial`));
    await mkdir(join(snapshots, 'nobody'));
    await start();
    const one = await client.until(
      () => client.get(`${SNAPSHOTS}/one`),
      ({ status }) => status.readyToUse === false,
    );
    expect(one.status.phase).toBe('Succeeded');
    expect(await readdir(snapshots)).toEqual([]);
  });

  it('dumps the memory of a running machine into a claim and lets go of it', async () => {
    await post(VMS, machine('web', { domain: { memory: { guest: '64Mi' } } }));
    await client.untilStatus('web', 'Running');
    const dump = (claimName: string) =>
      client.call('PUT', `${ACTIONS}/virtualmachines/web/memorydump`, { claimName });
    const claim = (name: string, storage: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: 'team' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        volumeMode: 'Filesystem',
        resources: { requests: { storage } },
      },
    });
    await post(CLAIMS, claim('small', '64Mi'));
    await post(CLAIMS, claim('large', '256Mi'));
    expect((await dump('none')).code).toBe(404);
    expect((await dump('small')).code).toBe(409);
    expect(await dump('large')).toMatchObject({ code: 202 });
    const { status } = await client.until(
      () => client.get(`${VMS}/web`),
      (vm) => vm.status.memoryDumpRequest?.phase === 'Completed',
    );
    expect(status.memoryDumpRequest).toMatchObject({
      claimName: 'large',
      fileName: expect.stringMatching(/^web-large-/),
    });
    expect(await textOf('large')).toContain('memory of the simulated guest');
    expect((await dump('small')).code).toBe(409);
    expect(await client.call('PUT', `${ACTIONS}/virtualmachines/web/removememorydump`)).toMatchObject({
      code: 202,
    });
    await client.until(
      () => client.get(`${VMS}/web`),
      (vm) => vm.status.memoryDumpRequest === undefined,
    );
    await client.until(
      () => readdir(join(directory, 'sandbox', 'snapshots')),
      (left) => left.length === 0,
    );
  });
});
