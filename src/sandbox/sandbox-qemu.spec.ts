import type { ChildProcess } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WebSocket } from 'ws';
import { ensureGuestImage } from '../../test/guest-image/build-guest-image.js';
import { spawnTypeScript } from '../../test/guest-image/typescript-process.js';
import { findQemuTools } from './nodes/qemu/qemu-tools.js';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const image = findQemuTools() ? await ensureGuestImage() : { available: false as const, missing: ['QEMU'] };
if (!image.available) console.warn(`skipped: guests that boot need ${image.missing.join(', ')}`);
const withGuest = image.available ? describe : describe.skip;
const PATIENCE = 60_000;

withGuest('the sandbox with real guests', () => {
  let directory: string;
  let server: Server;
  let url: string;
  /** Bytes a second; undefined: as fast as it goes. */
  let slowness: number | undefined;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    const path = image.available ? image.path : '';
    server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': statSync(path).size });
      const source = createReadStream(path, { highWaterMark: slowness ?? 1 << 20 });
      if (slowness === undefined) {
        source.pipe(response);
        return;
      }
      source.on('data', (part) => {
        source.pause();
        response.write(part);
        setTimeout(() => source.resume(), 100);
      });
      source.on('end', () => response.end());
      response.on('close', () => source.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/guest.img`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  beforeEach(async () => {
    slowness = undefined;
    directory = await mkdtemp(join(tmpdir(), 'sandbox-qemu-'));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) await killed(child);
    await rm(directory, { recursive: true, force: true });
  });

  const options = () => ({
    dataDirectory: directory,
    port: 0,
    driver: 'qemu' as const,
    allowedImportHosts: ['127.0.0.1'],
    capacity: { memoryBytes: 3 * 2 ** 30, cpus: 3 },
  });
  const images = () => readdir(join(directory, 'sandbox', 'disks'));

  function bootable(name: string): Untyped {
    const vm = machine(name, {
      domain: { memory: { guest: '256Mi' }, devices: { autoattachGraphicsDevice: false } },
    });
    vm.spec.dataVolumeTemplates[0].spec.source = { http: { url } };
    vm.spec.template.spec.domain.devices.disks = [{ name: 'rootdisk', disk: { bus: 'virtio' } }];
    vm.spec.template.spec.terminationGracePeriodSeconds = 30;
    return vm;
  }

  async function inProcess(): Promise<{ child: ChildProcess; client: SandboxClient }> {
    const script = fileURLToPath(new URL('./testing/run-sandbox.ts', import.meta.url));
    const child = spawnTypeScript(script, [JSON.stringify(options())]);
    children.push(child);
    const kubeconfig = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (line) => resolve(String(line).trim()));
      child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
    });
    return { child, client: new SandboxClient(kubeconfig) };
  }

  /** Ends what a killed sandbox left running. */
  async function cleared(): Promise<void> {
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const sandbox = await createSandbox({ ...options(), logger: silent });
    await sandbox.start();
    await sandbox.stop({ detachGuests: false });
  }

  it(
    'imports an image, boots it, answers on its console, reboots, stops and removes it',
    async () => {
      const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
      const sandbox: Sandbox = await createSandbox({ ...options(), logger: silent });
      try {
        await sandbox.start();
        const client = new SandboxClient(sandbox.kubeconfigPath);
        await client.call('POST', '/api/v1/namespaces', {
          metadata: { name: 'team' },
          apiVersion: 'v1',
          kind: 'Namespace',
        });
        slowness = 4 << 20;
        expect(await client.call('POST', VMS, bootable('one'))).toMatchObject({ code: 201 });
        const volume = '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes/one-root';
        await client.until(
          () => client.get(volume),
          (seen) =>
            /^[1-9][0-9.]*%$/.test(seen?.status?.progress ?? '') && seen.status.phase === 'ImportInProgress',
        );
        await client.untilStatus('one', 'Running', PATIENCE);
        const console_ = await openConsole(client);
        await console_.says(/virtgate-guest ready one/);
        console_.type('echo $((40 + 2))\n');
        await console_.says(/\b42\b/);
        console_.close();

        await client.call('PUT', `${ACTIONS}/virtualmachineinstances/one/pause`, {});
        await client.untilStatus('one', 'Paused');
        await client.call('PUT', `${ACTIONS}/virtualmachineinstances/one/unpause`, {});
        await client.untilStatus('one', 'Running');
        const again = await openConsole(client);
        expect(await client.call('PUT', `${ACTIONS}/virtualmachineinstances/one/reset`)).toMatchObject({
          code: 200,
        });
        await again.says(/virtgate-guest ready one/);
        again.close();

        await client.call('PUT', `${ACTIONS}/virtualmachines/one/stop`, {});
        await client.untilStatus('one', 'Stopped', PATIENCE);
        await client.until(
          () => client.get(`${VMIS}/one`),
          (vmi) => vmi === undefined,
        );
        await client.call('PUT', `${ACTIONS}/virtualmachines/one/start`, {});
        await client.untilStatus('one', 'Running', PATIENCE);
        await client.call('PUT', `${ACTIONS}/virtualmachines/one/stop`, { gracePeriod: 0 });
        await client.untilStatus('one', 'Stopped');
        await client.call('DELETE', `${VMS}/one`);
        await client.until(images, (left) => left.length === 0);
      } finally {
        await sandbox.stop({ detachGuests: false });
      }
    },
    3 * PATIENCE,
  );

  it(
    'goes on after kill -9 in the middle of an import, and takes its guest over after another',
    async () => {
      slowness = 512 << 10;
      const first = await inProcess();
      await first.client.call('POST', '/api/v1/namespaces', {
        metadata: { name: 'team' },
        apiVersion: 'v1',
        kind: 'Namespace',
      });
      await first.client.call('POST', VMS, bootable('one'));
      const volume = '/apis/cdi.kubevirt.io/v1beta1/namespaces/team/datavolumes/one-root';
      await first.client.until(
        () => first.client.get(volume),
        (seen) => Number.parseFloat(seen?.status?.progress) > 1,
      );
      await killed(first.child);
      slowness = undefined;
      try {
        const second = await inProcess();
        await second.client.untilStatus('one', 'Running', PATIENCE);
        expect(await images()).toEqual([expect.stringMatching(/^[0-9a-f-]{36}\.img$/)]);
        const before = await second.client.get(`${VMIS}/one`);
        const booting = await openConsole(second.client);
        await booting.says(/guest# /);
        booting.close();
        await killed(second.child);
        const third = await inProcess();
        await third.client.untilStatus('one', 'Running', PATIENCE);
        expect((await third.client.get(`${VMIS}/one`)).metadata.uid).toBe(before.metadata.uid);
        const console_ = await openConsole(third.client);
        console_.type('echo $((40 + 2))\n');
        await console_.says(/\b42\b/);
        console_.close();
        await killed(third.child);
      } finally {
        await cleared();
      }
    },
    3 * PATIENCE,
  );
});

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

interface Console {
  says(pattern: RegExp): Promise<void>;
  type(text: string): void;
  close(): void;
}

async function openConsole(client: SandboxClient): Promise<Console> {
  const socket: WebSocket = await client.socket(`${ACTIONS}/virtualmachineinstances/one/console`);
  expect(socket.protocol).toBe('plain.kubevirt.io');
  let said = '';
  socket.on('message', (data) => {
    said += data.toString();
  });
  return {
    async says(pattern) {
      await client.until(
        async () => said,
        (text) => pattern.test(text),
        PATIENCE,
      );
      said = '';
    },
    type: (text) => socket.send(Buffer.from(text)),
    close: () => socket.close(),
  };
}
