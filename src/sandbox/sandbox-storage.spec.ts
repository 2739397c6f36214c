import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DVS = '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes';
const SOURCES = '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datasources';
const CLAIMS = '/api/v1/namespaces/team/persistentvolumeclaims';
const TOKENS = '/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/team/uploadtokenrequests';
const disk = Buffer.concat([randomBytes(1 << 20), Buffer.alloc(1 << 20), randomBytes(1 << 20)]);
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** One repository of a registry that speaks the OCI distribution API, with tokens. */
async function registryOf(image: Buffer): Promise<{ handle: RequestListener; pulls: string[] }> {
  const archive = pack();
  archive.entry({ name: 'disk/', type: 'directory' });
  archive.entry({ name: 'etc/motd' }, 'hello');
  archive.entry({ name: 'disk/disk.img' }, image);
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part as Buffer);
  const layer = gzipSync(Buffer.concat(parts));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: digestOf(layer),
          size: layer.length,
        },
      ],
    }),
  );
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        { digest: digestOf(Buffer.from('arm')), platform: { os: 'linux', architecture: 'arm64' } },
        { digest: digestOf(manifest), platform: { os: 'linux', architecture: 'amd64' } },
      ],
    }),
  );
  const pulls: string[] = [];
  const served = new Map<string, Buffer>([
    ['/v2/os/tiny/manifests/1.0', index],
    [`/v2/os/tiny/manifests/${digestOf(manifest)}`, manifest],
    [`/v2/os/tiny/blobs/${digestOf(layer)}`, layer],
  ]);
  const handle: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    const { authorization } = request.headers;
    if (url.pathname === '/token') {
      const good = authorization === `Basic ${Buffer.from('puller:secret').toString('base64')}`;
      response.writeHead(good ? 200 : 401).end(good ? JSON.stringify({ token: 'pull-token' }) : '');
    } else if (authorization !== 'Bearer pull-token') {
      const challenge = `Bearer realm="${url.origin}/token",service="registry"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else {
      pulls.push(url.pathname);
      const found = served.get(url.pathname);
      response.writeHead(found ? 200 : 404).end(found);
    }
  };
  return { handle, pulls };
}

describe('storage of the sandbox', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;
  let server: Server;
  let host: string;
  let etag = '"one"';
  let aheadMs = 0;
  let registry: Awaited<ReturnType<typeof registryOf>>;

  beforeAll(async () => {
    registry = await registryOf(disk);
    server = createServer((request, response) => {
      if (request.url?.startsWith('/files/')) {
        const basic = `Basic ${Buffer.from('puller:secret').toString('base64')}`;
        const allowed = request.url !== '/files/private.img' || request.headers.authorization === basic;
        response.writeHead(allowed ? 200 : 401, { etag }).end(allowed ? disk : '');
      } else registry.handle(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'simulated',
      allowedImportHosts: [host],
      logger: silent,
      clock: { now: () => new Date(Date.now() + aheadMs) },
    });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    for (const name of ['team', 'golden']) {
      await client.call('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    }
    await client.call('POST', '/api/v1/namespaces/team/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'puller', namespace: 'team' },
      data: {
        accessKeyId: Buffer.from('puller').toString('base64'),
        secretKey: Buffer.from('secret').toString('base64'),
      },
    });
  });

  afterAll(async () => {
    await sandbox?.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function volume(name: string, spec: Untyped, size: string | null = '8Mi'): Promise<void> {
    const storage = size === null ? {} : { resources: { requests: { storage: size } } };
    const made = await client.call('POST', DVS, {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name, namespace: 'team' },
      spec: { storage, ...spec },
    });
    expect(made).toMatchObject({ code: 201 });
  }

  const untilPhase = (name: string, phase: string) =>
    client.until(
      () => client.get(`${DVS}/${name}`),
      (seen) => seen?.status?.phase === phase,
    );
  const running = (seen: Untyped) => seen.status?.conditions?.find((one: Untyped) => one.type === 'Running');

  async function imageOf(name: string): Promise<Buffer> {
    const claim = await client.get(`${CLAIMS}/${name}`);
    return readFile(join(directory, 'sandbox', 'disks', `${claim.metadata.uid}.img`));
  }

  async function holdsDisk(name: string): Promise<void> {
    const image = await imageOf(name);
    expect(image.length).toBe(8 << 20);
    expect(image.subarray(0, disk.length).equals(disk)).toBe(true);
    expect(image.subarray(disk.length).every((byte) => byte === 0)).toBe(true);
  }

  async function remove(...names: string[]): Promise<void> {
    for (const name of names) await client.call('DELETE', `${DVS}/${name}`);
    await client.until(
      () => client.get(CLAIMS),
      (claims) => claims.items.every((one: Untyped) => !names.includes(one.metadata.name)),
    );
  }

  async function tokenFor(name: string): Promise<string> {
    const asked = await client.call('POST', TOKENS, {
      apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
      kind: 'UploadTokenRequest',
      metadata: { name, namespace: 'team' },
      spec: { pvcName: name },
    });
    expect(asked).toMatchObject({ code: 201, body: { status: { token: expect.any(String) } } });
    return asked.body.status.token;
  }

  async function send(
    path: string,
    token: string | undefined,
    body: Buffer,
    { method = 'POST', cutAt }: { method?: string; cutAt?: number } = {},
  ): Promise<{ code: number; text: string }> {
    const config = await client.get('/apis/cdi.kubevirt.io/v1beta1/cdiconfigs/config');
    return new Promise((resolve) => {
      const call = httpsRequest(
        new URL(path, config.status.uploadProxyURL),
        {
          method,
          rejectUnauthorized: false,
          agent: false,
          headers: {
            'content-length': body.length,
            ...(token ? { authorization: `Bearer ${token}` } : {}),
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part) => parts.push(part));
          response.on('end', () =>
            resolve({ code: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
          );
        },
      );
      call.on('error', () => resolve({ code: 0, text: '' }));
      if (cutAt === undefined) call.end(method === 'HEAD' ? undefined : body);
      else call.write(body.subarray(0, cutAt), () => setTimeout(() => call.destroy(), 50));
    });
  }

  it.each([
    ['raw', '/v1beta1/upload', (bytes: Buffer) => bytes],
    ['gz', '/v1beta1/upload-async', (bytes: Buffer) => gzipSync(bytes)],
  ])('takes an upload: %s', async (kind, path, encode) => {
    const name = `sent-${kind}`;
    await volume(name, { source: { upload: {} } });
    await untilPhase(name, 'UploadReady');
    const token = await tokenFor(name);
    expect(await send(path, token, Buffer.alloc(0), { method: 'HEAD' })).toMatchObject({ code: 200 });
    expect(await send(path, token, encode(disk))).toMatchObject({ code: 200 });
    await untilPhase(name, 'Succeeded');
    await holdsDisk(name);
    expect(await send(path, token, encode(disk))).toMatchObject({ code: 503 });
    await remove(name);
  });

  it('refuses uploads that have no place, and leaves nothing of those that fail', async () => {
    await volume('target', { source: { upload: {} } }, '2Mi');
    await untilPhase('target', 'UploadReady');
    const token = await tokenFor('target');
    expect(await send('/v1beta1/upload', undefined, disk)).toMatchObject({ code: 400 });
    expect(await send('/v1beta1/upload', `${token}x`, disk)).toMatchObject({ code: 401 });
    expect(await send('/v1beta1/upload', token, disk)).toMatchObject({
      code: 400,
      text: expect.stringContaining('larger than the reported available storage'),
    });
    const cut = gzipSync(disk.subarray(0, 1 << 20)).subarray(0, 1 << 19);
    expect(await send('/v1beta1/upload', token, cut)).toMatchObject({ code: 400 });
    await send('/v1beta1/upload', token, disk.subarray(0, 1 << 20), { cutAt: 1 << 18 });
    await client.until(
      () => readdir(join(directory, 'sandbox', 'disks')),
      (left) => left.length === 0,
    );
    expect((await client.get(`${DVS}/target`)).status.phase).toBe('UploadReady');
    // What was cut off holds the place until the sandbox has noticed.
    await client.until(
      () => send('/v1beta1/upload', token, disk.subarray(0, 1 << 20)),
      ({ code }) => code === 200,
    );
    await untilPhase('target', 'Succeeded');
    await remove('target');
  });

  it('takes an upload into a claim that no DataVolume stands for, as virtctl makes it', async () => {
    await client.call('POST', CLAIMS, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: 'bare',
        namespace: 'team',
        annotations: { 'cdi.kubevirt.io/storage.upload.target': '' },
      },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Mi' } } },
    });
    await client.until(
      () => client.get(`${CLAIMS}/bare`),
      (seen) => seen.metadata.annotations['cdi.kubevirt.io/storage.pod.ready'] === 'true',
    );
    expect(await send('/v1beta1/upload', await tokenFor('bare'), disk)).toMatchObject({ code: 200 });
    await client.until(
      () => client.get(`${CLAIMS}/bare`),
      (seen) => seen.metadata.annotations['cdi.kubevirt.io/storage.pod.phase'] === 'Succeeded',
    );
    await holdsDisk('bare');
    await client.call('DELETE', `${CLAIMS}/bare`);
  });

  it('pulls a container disk from a registry', async () => {
    const url = `docker://${host}/os/tiny:1.0`;
    await volume('pulled', { source: { registry: { url, secretRef: 'puller' } } });
    await untilPhase('pulled', 'Succeeded');
    await holdsDisk('pulled');
    expect(registry.pulls).toHaveLength(3);
    await volume('unknown', { source: { registry: { url: `${url}.9`, secretRef: 'puller' } } });
    const failed = await client.until(
      () => client.get(`${DVS}/unknown`),
      (seen) => running(seen)?.reason === 'Error',
    );
    expect(running(failed).message).toMatch(/no such image/);
    await remove('pulled', 'unknown');
  });

  it('shows its credentials to a file server, and compares the checksum', async () => {
    const http = { url: `http://${host}/files/private.img`, secretRef: 'puller', checksum: digestOf(disk) };
    await volume('private', { source: { http } });
    await untilPhase('private', 'Succeeded');
    await volume('changed', { source: { http: { ...http, checksum: digestOf(Buffer.alloc(1)) } } });
    const failed = await client.until(
      () => client.get(`${DVS}/changed`),
      (seen) => running(seen)?.reason === 'Error',
    );
    expect(running(failed).message).toMatch(/checksum mismatch/);
    await remove('private', 'changed');
  });

  it('clones by claim and through a DataSource, which waits for what it points to', async () => {
    await client.call('POST', SOURCES, {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: { name: 'tiny', namespace: 'team' },
      spec: { source: { pvc: { namespace: 'team', name: 'origin' } } },
    });
    await volume('by-source', { sourceRef: { kind: 'DataSource', name: 'tiny' } }, null);
    const waiting = await client.until(
      () => client.get(`${DVS}/by-source`),
      (seen) => running(seen)?.reason === 'CloneWithoutSource',
    );
    expect(waiting.status.phase).toBe('Pending');
    await volume('origin', { source: { http: { url: `http://${host}/files/disk.img` } } });
    await untilPhase('origin', 'Succeeded');
    await client.until(
      () => client.get(`${SOURCES}/tiny`),
      (seen) => seen.status?.conditions?.[0]?.status === 'True',
    );
    const made = await untilPhase('by-source', 'Succeeded');
    expect(made.metadata.annotations['cdi.kubevirt.io/cloneType']).toBe('csi-clone');
    await holdsDisk('by-source');
    await volume('small', { source: { pvc: { namespace: 'team', name: 'origin' } } }, '1Mi');
    await client.until(
      () => client.get(`${DVS}/small`),
      (seen) => running(seen)?.reason === 'CloneValidationFailed',
    );
    await remove('by-source', 'origin', 'small');
  });

  it('clones the disk of a machine that runs through a snapshot that goes again', async () => {
    await client.call('POST', VMS, machine('busy'));
    await client.untilStatus('busy', 'Running');
    await volume('of-busy', { source: { pvc: { namespace: 'team', name: 'busy-root' } } }, null);
    const made = await untilPhase('of-busy', 'Succeeded');
    expect(made.metadata.annotations['cdi.kubevirt.io/cloneType']).toBe('snapshot');
    await client.until(
      () => client.get('/apis/snapshot.storage.k8s.io/v1/namespaces/team/volumesnapshots'),
      (left) => left.items.length === 0,
    );
    await client.call('DELETE', `${VMS}/busy`);
    await remove('of-busy');
  });

  it('imports by a schedule what is new, and removes what is outdated', async () => {
    const crons = '/apis/cdi.kubevirt.io/v1beta1/namespaces/golden/dataimportcrons';
    const cron = {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataImportCron',
      metadata: { name: 'tiny', namespace: 'golden' },
      spec: {
        schedule: '0 3 * * *',
        managedDataSource: 'tiny',
        importsToKeep: 1,
        template: {
          spec: {
            source: { http: { url: `http://${host}/files/disk.img` } },
            storage: { resources: { requests: { storage: '8Mi' } } },
          },
        },
      },
    };
    const bad = { ...cron, spec: { ...cron.spec, schedule: 'at dawn' } };
    expect(await client.call('POST', crons, bad)).toMatchObject({ code: 422 });
    expect(await client.call('POST', crons, cron)).toMatchObject({ code: 201 });
    const upToDate = (seen: Untyped) =>
      seen?.status?.conditions?.find((one: Untyped) => one.type === 'UpToDate')?.status === 'True';
    const first = await client.until(() => client.get(`${crons}/tiny`), upToDate);
    const source = () => client.get('/apis/cdi.kubevirt.io/v1beta1/namespaces/golden/datasources/tiny');
    await client.until(
      source,
      (seen) =>
        seen?.spec.source.pvc?.name === first.status.lastImportedPVC.name &&
        seen.status?.conditions?.[0]?.status === 'True',
    );
    etag = '"two"';
    aheadMs = 25 * 3600 * 1000;
    const label = { metadata: { labels: { looked: 'at' } } };
    await client.call('PATCH', `${crons}/tiny`, label, 'application/merge-patch+json');
    const second = await client.until(
      () => client.get(`${crons}/tiny`),
      (seen) => upToDate(seen) && seen.status.lastImportedPVC.name !== first.status.lastImportedPVC.name,
    );
    await client.until(source, (seen) => seen.spec.source.pvc.name === second.status.lastImportedPVC.name);
    await client.until(
      () => client.get('/api/v1/namespaces/golden/persistentvolumeclaims'),
      (claims) => claims.items.length === 1,
    );
    await client.call('DELETE', `${crons}/tiny`);
  });

  it('plugs disks into a machine that runs, lengthens them, and takes them out', async () => {
    await client.call('POST', VMS, machine('host'));
    await client.untilStatus('host', 'Running');
    await volume('extra', { source: { blank: {} } });
    await untilPhase('extra', 'Succeeded');
    const action = (verb: string, body: unknown) =>
      client.call('PUT', `${ACTIONS}/virtualmachines/host/${verb}`, body);
    const options = { name: 'extra', disk: { disk: {} }, volumeSource: { dataVolume: { name: 'extra' } } };
    expect(await action('addvolume', { ...options, name: '' })).toMatchObject({ code: 400 });
    expect(await action('addvolume', { ...options, disk: { disk: { bus: 'sata' } } })).toMatchObject({
      code: 400,
    });
    expect(
      await client.call('PUT', `${ACTIONS}/virtualmachineinstances/host/addvolume`, options),
    ).toMatchObject({ code: 400, body: { message: 'VMI host is owned by a VM' } });
    expect(await action('addvolume', options)).toMatchObject({ code: 202 });
    expect(await action('addvolume', options)).toMatchObject({ code: 409 });
    const volumeOf = (vmi: Untyped) => vmi.status?.volumeStatus?.find((one: Untyped) => one.name === 'extra');
    const vmi = await client.until(
      () => client.get(`${VMIS}/host`),
      (seen) => volumeOf(seen)?.phase === 'Ready',
    );
    expect(volumeOf(vmi)).toMatchObject({
      target: 'sdc',
      hotplugVolume: { attachPodName: expect.stringMatching(/^hp-volume-/) },
      persistentVolumeClaimInfo: { claimName: 'extra' },
    });
    const vm = await client.get(`${VMS}/host`);
    expect(vm.status.conditions.map((one: Untyped) => one.type)).not.toContain('RestartRequired');

    const larger = { spec: { resources: { requests: { storage: '16Mi' } } } };
    await client.call('PATCH', `${CLAIMS}/extra`, larger, 'application/merge-patch+json');
    await client.until(
      () => client.get(`${CLAIMS}/extra`),
      (seen) => seen.status.capacity.storage === '16Mi',
    );
    expect((await imageOf('extra')).length).toBe(16 << 20);

    await client.call('PUT', `${ACTIONS}/virtualmachines/host/restart`, { gracePeriodSeconds: 0 });
    await client.until(
      () => client.get(`${VMIS}/host`),
      (seen) => seen && seen.metadata.uid !== vmi.metadata.uid && volumeOf(seen)?.phase === 'Ready',
    );
    expect(await action('removevolume', { name: 'rootdisk' })).toMatchObject({ code: 409 });
    expect(await action('removevolume', { name: 'extra' })).toMatchObject({ code: 202 });
    await client.until(
      () => client.get(`${VMIS}/host`),
      (seen) => seen.status && !volumeOf(seen),
    );
    await client.until(
      () => client.get('/api/v1/namespaces/team/pods'),
      (pods) => pods.items.every((pod: Untyped) => !pod.metadata.name.startsWith('hp-volume')),
    );
    await client.call('DELETE', `${VMS}/host`);
    await remove('extra');
  });
});
