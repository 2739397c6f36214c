import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KillableSandbox } from './testing/killable-sandbox.js';
import { ACTIONS, machine, type SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

describe('a sandbox that is killed', () => {
  let sandbox: KillableSandbox;
  let client: SandboxClient;

  const up = async (): Promise<void> => {
    client = await sandbox.up();
  };

  beforeEach(async () => {
    sandbox = await KillableSandbox.make();
    await up();
  });

  afterEach(async () => {
    await sandbox.remove();
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
      await sandbox.killAfter(ms);
      await up();
      await client.untilStatus('one', 'Running');
      expect(await items('/api/v1/namespaces/team/pods')).toHaveLength(1);
      expect(await readdir(join(sandbox.directory, 'sandbox', 'disks'))).toHaveLength(1);

      const { uid } = (await client.get(`${VMIS}/one`)).metadata;
      await client.call('PUT', `${ACTIONS}/virtualmachines/one/restart`, {});
      await sandbox.killAfter(ms);
      await up();
      await client.until(
        () => client.get(`${VMIS}/one`),
        (vmi) => vmi && vmi.metadata.uid !== uid && vmi.status?.phase === 'Running',
      );

      await client.call('DELETE', `${VMS}/one`);
      await sandbox.killAfter(ms);
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
      expect(await readdir(join(sandbox.directory, 'sandbox', 'disks'))).toEqual([]);
    },
    // Four starts of the sandbox, on a machine that may have much else to do.
    240_000,
  );
});
