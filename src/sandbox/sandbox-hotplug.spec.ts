import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureGuestImage } from '../../test/guest-image/build-guest-image.js';
import { findQemuTools } from './nodes/qemu/qemu-tools.js';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const image = findQemuTools() ? await ensureGuestImage() : { available: false as const, missing: ['QEMU'] };
if (!image.available) console.warn(`skipped: guests that boot need ${image.missing.join(', ')}`);
const withGuest = image.available ? describe : describe.skip;
const PATIENCE = 60_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DVS = '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes';
const EXTRA = '/api/v1/namespaces/team/persistentvolumeclaims/extra';

withGuest('disks of a guest that runs', () => {
  let directory: string;
  let server: Server;
  let url: string;
  let sandbox: Sandbox;
  let client: SandboxClient;
  let said = '';

  const options = () => ({
    dataDirectory: directory,
    port: 0,
    driver: 'qemu' as const,
    allowedImportHosts: ['127.0.0.1'],
    capacity: { memoryBytes: 3 * 2 ** 30, cpus: 3 },
    logger: silent,
  });

  async function startSandbox(): Promise<void> {
    sandbox = await createSandbox(options());
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
  }

  beforeAll(async () => {
    const path = image.available ? image.path : '';
    server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': statSync(path).size });
      createReadStream(path).pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/guest.img`;
    directory = await mkdtemp(join(tmpdir(), 'sandbox-hotplug-'));
    await startSandbox();
  });

  afterAll(async () => {
    await sandbox?.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const volumeOf = (vmi: Untyped) => vmi?.status?.volumeStatus?.find((one: Untyped) => one.name === 'extra');

  /** Asks again and again: a guest takes a while to see what happens to its devices. */
  async function guestSays(command: string, pattern: RegExp): Promise<void> {
    const socket = await client.socket(`${ACTIONS}/virtualmachineinstances/one/console`);
    said = '';
    socket.on('message', (data) => {
      said += data.toString();
    });
    const asking = setInterval(() => socket.send(Buffer.from(`${command}\n`)), 1_000);
    try {
      await client.until(
        async () => said,
        (text) => pattern.test(text),
        PATIENCE,
      );
    } finally {
      clearInterval(asking);
      socket.close();
    }
  }

  it(
    'appear, grow, outlive a restart of the sandbox, and go',
    async () => {
      await client.call('POST', '/api/v1/namespaces', {
        metadata: { name: 'team' },
        apiVersion: 'v1',
        kind: 'Namespace',
      });
      const vm = machine('one', {
        domain: { memory: { guest: '256Mi' }, devices: { autoattachGraphicsDevice: false } },
      });
      vm.spec.dataVolumeTemplates[0].spec.source = { http: { url } };
      vm.spec.template.spec.domain.devices.disks = [{ name: 'rootdisk', disk: { bus: 'virtio' } }];
      expect(await client.call('POST', VMS, vm)).toMatchObject({ code: 201 });
      await client.call('POST', DVS, {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataVolume',
        metadata: { name: 'extra', namespace: 'team' },
        spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '8Mi' } } } },
      });
      await client.untilStatus('one', 'Running', PATIENCE);
      await guestSays('modprobe virtio_scsi; modprobe sd_mod; echo loaded $((6 * 7))', /loaded 42/);
      const adding = await client.call('PUT', `${ACTIONS}/virtualmachines/one/addvolume`, {
        name: 'extra',
        disk: { disk: { bus: 'scsi' }, serial: 'more' },
        volumeSource: { dataVolume: { name: 'extra' } },
      });
      expect(adding).toMatchObject({ code: 202 });
      await client.until(
        () => client.get(`${VMIS}/one`),
        (vmi) => volumeOf(vmi)?.phase === 'Ready',
      );
      await guestSays('cat /sys/block/sda/size', /\b16384\b/);
      const larger = { spec: { resources: { requests: { storage: '16Mi' } } } };
      await client.call('PATCH', EXTRA, larger, 'application/merge-patch+json');
      await client.until(
        () => client.get(EXTRA),
        (claim) => claim.status.capacity.storage === '16Mi',
      );
      await guestSays('echo 1 > /sys/block/sda/device/rescan; cat /sys/block/sda/size', /\b32768\b/);

      await sandbox.stop({ detachGuests: true });
      await startSandbox();
      await client.until(
        () => client.get(`${VMIS}/one`),
        (vmi) => volumeOf(vmi)?.phase === 'Ready',
      );
      const removing = await client.call('PUT', `${ACTIONS}/virtualmachines/one/removevolume`, {
        name: 'extra',
      });
      expect(removing).toMatchObject({ code: 202 });
      await client.until(
        () => client.get(`${VMIS}/one`),
        (vmi) => vmi.status && !volumeOf(vmi),
      );
      await guestSays('test -e /sys/block/sda || echo gone $((6 * 7))', /gone 42/);
      const { code } = await client.call('DELETE', `${DVS}/extra`);
      expect(code).toBe(200);
      await client.until(
        () => client.get(EXTRA),
        (claim) => claim === undefined,
      );
    },
    4 * PATIENCE,
  );
});
