import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnTypeScript } from '../../test/guest-image/typescript-process.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

describe('a sandbox that is killed', () => {
  let directory: string;
  let child: ChildProcess;
  let client: SandboxClient;

  async function up(): Promise<void> {
    const options = { dataDirectory: directory, port: 0, driver: 'simulated' };
    const script = fileURLToPath(new URL('./testing/run-sandbox.ts', import.meta.url));
    child = spawnTypeScript(script, [JSON.stringify(options)]);
    const kubeconfig = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (line) => resolve(String(line).trim()));
      child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
    });
    client = new SandboxClient(kubeconfig);
  }

  async function killAfter(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-crash-'));
    await up();
  });

  afterEach(async () => {
    await killAfter(0);
    await rm(directory, { recursive: true, force: true });
  });

  const items = async (path: string) => (await client.get(path)).items;
  const settled = (path: string) =>
    client.until(
      () => items(path),
      (left) => left.length === 0,
    );

  it.each([5, 40, 120])(
    '%i ms after each request, goes on and leaves nothing behind',
    async (ms) => {
      await client.call('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'team' },
      });
      await client.call('POST', VMS, machine('one'));
      await killAfter(ms);
      await up();
      await client.untilStatus('one', 'Running');
      expect(await items('/api/v1/namespaces/team/pods')).toHaveLength(1);
      expect(await readdir(join(directory, 'sandbox', 'disks'))).toHaveLength(1);

      const { uid } = (await client.get(`${VMIS}/one`)).metadata;
      await client.call('PUT', `${ACTIONS}/virtualmachines/one/restart`, {});
      await killAfter(ms);
      await up();
      await client.until(
        () => client.get(`${VMIS}/one`),
        (vmi) => vmi && vmi.metadata.uid !== uid && vmi.status?.phase === 'Running',
      );

      await client.call('DELETE', `${VMS}/one`);
      await killAfter(ms);
      await up();
      for (const path of [
        VMS,
        VMIS,
        '/api/v1/namespaces/team/pods',
        '/api/v1/namespaces/team/persistentvolumeclaims',
        '/api/v1/persistentvolumes',
        '/apis/apps/v1/namespaces/team/controllerrevisions',
      ]) {
        await settled(path);
      }
      expect(await readdir(join(directory, 'sandbox', 'disks'))).toEqual([]);
    },
    60_000,
  );
});
