import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KillableSandbox } from './testing/killable-sandbox.js';
import { machine, SandboxClient, VMS } from './testing/sandbox-client.js';

const GROUP = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/team';
const CLAIMS = '/api/v1/namespaces/team/persistentvolumeclaims';
const BYTES = 64 * 2 ** 20;

describe('a sandbox that is killed while it protects machines', () => {
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

  const imageOf = async (claim: string) =>
    join(
      sandbox.directory,
      'sandbox',
      'disks',
      `${(await client.get(`${CLAIMS}/${claim}`)).metadata.uid}.img`,
    );
  const target = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'one' };
  const of = (kind: string, name: string, spec: object) => ({
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind,
    metadata: { name, namespace: 'team' },
    spec,
  });

  it.each([2, 15, 60])(
    '%i ms after each request, ends what was begun and leaves nothing behind',
    async (ms) => {
      await client.call('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'team' },
      });
      await client.call('POST', VMS, machine('one', { spec: { runStrategy: 'Halted' } }));
      await client.untilStatus('one', 'Stopped');
      await writeFile(await imageOf('one-root'), 'before');
      await truncate(await imageOf('one-root'), BYTES);

      const snapshots = `${GROUP}/virtualmachinesnapshots`;
      await client.call('POST', snapshots, of('VirtualMachineSnapshot', 'kept', { source: target }));
      await sandbox.killAfter(ms);
      await up();
      await client.until(
        () => client.get(`${snapshots}/kept`),
        (one) => one?.status?.phase === 'Succeeded',
      );

      const restores = `${GROUP}/virtualmachinerestores`;
      const spec = { target, virtualMachineSnapshotName: 'kept' };
      await client.call('POST', restores, of('VirtualMachineRestore', 'back', spec));
      await sandbox.killAfter(ms);
      await up();
      const restored = await client.until(
        () => client.get(`${restores}/back`),
        (one) => one?.status?.complete === true,
      );
      const [{ persistentVolumeClaim }] = restored.status.restores;
      const image = await readFile(await imageOf(persistentVolumeClaim));
      expect(image.subarray(0, 6).toString()).toBe('before');
      expect(image.length).toBe(BYTES);
      const { status } = await client.untilStatus('one', 'Stopped');
      expect([status.snapshotInProgress, status.restoreInProgress]).toEqual([undefined, undefined]);

      await client.call('DELETE', `${snapshots}/kept`);
      await sandbox.killAfter(ms);
      await up();
      await client.until(
        () => client.get(snapshots),
        ({ items }) => items.length === 0,
      );
      expect(await readdir(join(sandbox.directory, 'sandbox', 'snapshots'))).toEqual([]);
      await client.until(
        () => readdir(join(sandbox.directory, 'sandbox', 'disks')),
        (left) => left.length === 1,
      );
    },
    90_000,
  );
});
