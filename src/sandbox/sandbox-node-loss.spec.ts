import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, qemuProcesses } from '../../test/support/machines.js';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { Untyped } from './store/kube-object.js';
import { machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const PODS = '/api/v1/namespaces/team/pods';
const PATIENCE = 60_000;

describeWith(['qemu-system-x86_64', 'qemu-img'], 'a lost node with a real guest', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-node-loss-'));
    sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'qemu',
      logger: silent,
      capacity: { memoryBytes: 4 * 2 ** 30, cpus: 6 },
    });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
  }, 120_000);

  afterAll(async () => {
    await sandbox?.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  it('never has the guest run twice: it lives on unseen, and dies before its machine starts elsewhere', async () => {
    await client.call('POST', VMS, machine('twice', { domain: { memory: { guest: '128Mi' } } }));
    await client.untilStatus('twice', 'Running', PATIENCE);
    const before = await client.get(`${VMIS}/twice`);
    const node = before.status.nodeName;
    const [first] = qemuProcesses(before.metadata.uid);
    expect(first).toBeDefined();
    await client.call('POST', '/sandbox/faults', { stopNodes: [node], lostAfterSeconds: 0.2 });
    await client.until(
      () => client.get(`${VMIS}/twice`),
      (vmi) => vmi.status.conditions.some(({ reason }: Untyped) => reason === 'NodeNotReady'),
      PATIENCE,
    );
    expect(qemuProcesses(before.metadata.uid)).toEqual([first]);
    const { items } = await client.get(`${PODS}?labelSelector=vm.kubevirt.io/name%3Dtwice`);
    await client.call('DELETE', `${PODS}/${items[0].metadata.name}?gracePeriodSeconds=0`);
    let together = 0;
    const after = await client.until(
      () => client.get(`${VMIS}/twice`),
      (vmi) => {
        const other = vmi && vmi.metadata.uid !== before.metadata.uid;
        if (other && qemuProcesses(vmi.metadata.uid).length > 0)
          together = Math.max(together, qemuProcesses(before.metadata.uid).length);
        return other && vmi.status?.phase === 'Running';
      },
      PATIENCE,
    );
    expect(together).toBe(0);
    expect(after.status.nodeName).not.toBe(node);
    expect(qemuProcesses(before.metadata.uid)).toEqual([]);
    expect(qemuProcesses(after.metadata.uid)).toHaveLength(1);
  }, 180_000);
});
