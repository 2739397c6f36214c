import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMS } from './testing/sandbox-client.js';

const SNAPSHOTS = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/team/virtualmachinesnapshots';
const CONTENTS = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/team/virtualmachinesnapshotcontents';
const RESTORES = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/team/virtualmachinerestores';
const VOLUME_SNAPSHOTS = '/apis/snapshot.storage.k8s.io/v1/namespaces/team/volumesnapshots';
const CLAIMS = '/api/v1/namespaces/team/persistentvolumeclaims';
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
});
