import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { machine, SandboxClient, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const VOLUMES = '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes';
const disk = randomBytes(3 << 20);

describe('imports into the sandbox', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;
  let server: Server;
  let origin: string;
  let broken = true;
  let aheadMs = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path === '/disk.img' || (path === '/mended.img' && !broken)) response.end(disk);
      else if (path === '/slow.img') {
        // The rest never comes.
        response.writeHead(200, { 'content-length': disk.length });
        response.write(disk.subarray(0, 1 << 20));
      } else if (path === '/page.html')
        response.setHeader('content-type', 'text/html').end('<html>no image</html>');
      else response.writeHead(404).end('nothing here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'simulated',
      allowedImportHosts: [new URL(origin).host],
      logger: silent,
      clock: { now: () => new Date(Date.now() + aheadMs) },
    });
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
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function volume(name: string, url: string, size = '8Mi'): Promise<void> {
    const made = await client.call('POST', VOLUMES, {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name, namespace: 'team' },
      spec: { source: { http: { url } }, storage: { resources: { requests: { storage: size } } } },
    });
    expect(made).toMatchObject({ code: 201 });
  }

  const running = (seen: Untyped) => seen.status?.conditions?.find((one: Untyped) => one.type === 'Running');

  it('brings the bytes into the claim’s image', async () => {
    await volume('good', `${origin}/disk.img`);
    const done = await client.until(
      () => client.get(`${VOLUMES}/good`),
      (seen) => seen.status?.phase === 'Succeeded',
    );
    expect(done.status).toMatchObject({ progress: '100.0%', claimName: 'good' });
    const claim = await client.get('/api/v1/namespaces/team/persistentvolumeclaims/good');
    const image = await readFile(join(directory, 'sandbox', 'disks', `${claim.metadata.uid}.img`));
    expect(image.length).toBe(8 << 20);
    expect(image.subarray(0, disk.length).equals(disk)).toBe(true);
    await client.call('DELETE', `${VOLUMES}/good`);
    await client.until(
      () => readdir(join(directory, 'sandbox', 'disks')),
      (left) => left.length === 0,
    );
  });

  it.each([
    ['missing', () => `${origin}/none.img`, '8Mi', /404/],
    ['no-image', () => `${origin}/page.html`, '8Mi', /./],
    ['too-large', () => `${origin}/disk.img`, '1Mi', /larger/i],
    ['private', () => 'http://127.0.0.1:9/disk.img', '8Mi', /./],
    ['metadata', () => 'http://169.254.169.254/latest', '8Mi', /./],
  ])('says why an import fails: %s', async (name, url, size, message) => {
    await volume(name, url(), size);
    const failed = await client.until(
      () => client.get(`${VOLUMES}/${name}`),
      (seen) => running(seen)?.reason === 'Error',
    );
    expect(running(failed)).toMatchObject({ status: 'False', message: expect.stringMatching(message) });
    expect(failed.status).toMatchObject({ phase: 'ImportInProgress', restartCount: 1 });
    await client.call('DELETE', `${VOLUMES}/${name}`);
    await client.until(
      () => client.get('/api/v1/namespaces/team/persistentvolumeclaims'),
      (claims) => claims.items.length === 0,
    );
    expect(await readdir(join(directory, 'sandbox', 'disks'))).toEqual([]);
  });

  it('abandons an import whose volume is deleted', async () => {
    await volume('slow', `${origin}/slow.img`);
    await client.until(
      () => client.get(`${VOLUMES}/slow`),
      (seen) => seen.status?.phase === 'ImportInProgress',
    );
    await client.call('DELETE', `${VOLUMES}/slow`);
    await client.until(
      () => client.get('/api/v1/namespaces/team/persistentvolumeclaims'),
      (claims) => claims.items.length === 0,
    );
    expect(await readdir(join(directory, 'sandbox', 'disks'))).toEqual([]);
  });

  it('tries again until the image is there', async () => {
    const vm = machine('patient');
    vm.spec.dataVolumeTemplates[0].spec.source = { http: { url: `${origin}/mended.img` } };
    await client.call('POST', VMS, vm);
    await client.untilStatus('patient', 'DataVolumeError');
    broken = false;
    aheadMs = 11_000;
    const label = { metadata: { labels: { looked: 'at' } } };
    await client.call('PATCH', `${VOLUMES}/patient-root`, label, 'application/merge-patch+json');
    await client.untilStatus('patient', 'Running');
    await client.call('DELETE', `${VMS}/patient`);
  });
});
