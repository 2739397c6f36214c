import { CLOSED } from '../../../platform/tenant-policy/tenant-policy.js';
import type { Decision } from '../../operations/operations.contract.js';
import { instance, machine, NOW, operation } from '../../snapshots/sample-operations.spec-support.js';
import { chooseMethod } from '../domain/clone-input.js';
import { copiedDisks, copiedMachine } from '../domain/copied-machine.js';
import type { ObservedClone, ObservedCopy } from '../domain/observed.js';
import { CLONE_KIND } from '../operation-kinds.js';
import { type CloningObserved, nextOfCloning } from './cloning.js';

const project = { id: 'p-0', name: 'first', tenantId: 't-1', tenant: 'demo', namespace: 'vg-first-0' };
const input = {
  source: { project, name: 'origin', uid: 'vm-0' },
  name: 'web',
  method: 'snapshot' as const,
  fallbackReason: null,
  claims: {} as Record<string, string>,
  start: true,
  freshMacs: true,
  hostname: 'web',
  firmwareUuid: null,
};
const byDisks = { ...input, method: 'disks' as const, claims: { rootdisk: 'origin-root' } };
const identity = { namespace: 'vg-demo-1', uid: 'x', resourceVersion: '1' };
const clone = (phase: string): ObservedClone => ({
  ...identity,
  name: 'clone-1',
  target: 'web',
  operationId: 'op-1',
  phase,
  message: null,
  deleting: false,
});
const copy = (phase: string, progress: number | null = null): ObservedCopy => ({
  ...identity,
  name: 'web-root',
  owner: 'web',
  phase,
  progress,
  message: 'no room',
  orphaned: false,
});
type Progress = NonNullable<Parameters<typeof operation>[2]>;
const asked = (...steps: string[]): Progress => ({
  asked: Object.fromEntries(steps.map((step) => [step, {}])),
});

it.each<[string, object, Progress, Partial<CloningObserved>, Partial<Decision> & object]>([
  [
    'takes back what was made before a refusal',
    input,
    { asked: { copy: 'clone.name_taken' } },
    {},
    { do: 'act', step: 'clean-up' },
  ],
  [
    'follows the clone',
    input,
    asked('copy'),
    { clone: clone('RestoreInProgress') },
    { do: 'wait', progress: 60 },
  ],
  [
    'gives up what KubeVirt gave up',
    input,
    asked('copy'),
    { clone: clone('Failed') },
    { do: 'act', step: 'clean-up' },
  ],
  [
    'makes it its own',
    input,
    asked('copy'),
    { clone: clone('Succeeded') },
    { do: 'act', step: 'personalise' },
  ],
  [
    'follows the copies',
    byDisks,
    asked('copy'),
    { copies: [copy('CloneInProgress', 40)] },
    { do: 'wait', progress: 34 },
  ],
  ['waits for disks that are not there yet', byDisks, asked('copy'), {}, { do: 'wait', step: 'copy' }],
  [
    'gives up a copy that failed',
    byDisks,
    asked('copy'),
    { copies: [copy('Failed')] },
    { do: 'act', message: 'clone.failed: The disk "web-root" was not copied: no room' },
  ],
  [
    'goes on once all are copied',
    byDisks,
    asked('copy'),
    { copies: [copy('Succeeded')] },
    { do: 'act', step: 'personalise' },
  ],
  ['starts it if asked', input, asked('copy', 'personalise'), {}, { do: 'act', step: 'start' }],
  [
    'says how it was made',
    { ...byDisks, start: false, fallbackReason: 'because' },
    asked('copy', 'personalise'),
    {},
    {
      do: 'succeed',
      result: expect.objectContaining({ method: 'disks', fallbackReason: 'because' }) as never,
    },
  ],
  [
    'is done when it runs',
    input,
    asked('copy', 'personalise', 'start'),
    { instance: instance() },
    { do: 'succeed' },
  ],
  [
    'gives up a copy whose source is gone',
    byDisks,
    asked('copy'),
    { copies: [{ ...copy('Pending'), orphaned: true }] },
    { do: 'act', step: 'clean-up', message: expect.stringContaining('clone.source_gone') as never },
  ],
  [
    'waits until nothing is left when cleaning up',
    input,
    { asked: { copy: {}, 'clean-up': {} }, messages: { 'clean-up': 'clone.failed: x' } },
    { machine: machine({ operationId: 'op-1' }) },
    { do: 'wait', step: 'clean-up' },
  ],
  [
    'looks once more for a machine when the clone that may make it is gone',
    input,
    {
      asked: { copy: { clone: 'c' }, 'clean-up': { 'look-again': 'c' } },
      messages: { 'clean-up': 'cancelled' },
    },
    { machine: undefined },
    { do: 'act', step: 'clean-up', message: 'cancelled', again: true },
  ],
  [
    'waits for that',
    input,
    {
      asked: { copy: { clone: 'c' }, 'clean-up': { 'look-again': 'c' } },
      messages: { 'clean-up': 'cancelled' },
    },
    { machine: undefined, clone: clone('RestoreInProgress') },
    { do: 'wait', step: 'clean-up' },
  ],
])('vm.clone %s', (_name, given, progress, observed, expected) => {
  const seen = { machine: machine(), instance: undefined, clone: undefined, copies: [], ...observed };
  expect(nextOfCloning(operation(CLONE_KIND.steps, given, progress), seen, NOW)).toMatchObject(expected);
});

describe('the way to clone', () => {
  const volumes = (canSnapshot: boolean | null) => ({
    volumes: [{ name: 'rootdisk', claim: 'web-root', canSnapshot, reason: canSnapshot ? null : 'No class' }],
  });
  it.each([
    [true, true, { method: 'snapshot', fallbackReason: null }],
    [false, true, { method: 'disks', fallbackReason: expect.stringContaining('No class') }],
    [null, true, { method: 'disks', fallbackReason: expect.stringContaining('rootdisk') }],
    [true, false, { method: 'disks', fallbackReason: expect.stringContaining('namespace') }],
  ])('snapshots %s, same project %s', (able, same, expected) => {
    expect(chooseMethod(volumes(able), same)).toEqual(expected);
    expect(chooseMethod(volumes(able), same, ['spec.template.spec.nodeSelector']).method).toBe('disks');
  });
});

describe('a machine by copies of its disks', () => {
  const claims = {
    rootdisk: {
      claim: 'origin-root',
      size: '1Gi',
      storageClass: 'slow',
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Block',
    },
  };
  const source = {
    metadata: { labels: { app: 'x', 'virtgate.io/trashed-at': '1' } },
    spec: {
      runStrategy: 'Always',
      instancetype: { kind: 'VirtualMachineClusterInstancetype', name: 'u1.small', revisionName: 'r' },
      template: {
        spec: {
          accessCredentials: [{ sshPublicKey: { source: { secret: { secretName: 'keys' } } } }],
          nodeSelector: { pool: 'reserved' },
          tolerations: [{ operator: 'Exists' }],
          networks: [
            { name: 'default', pod: {} },
            { name: 'lan', multus: { networkName: 'lan' } },
          ],
          domain: {
            devices: {
              gpus: [{ name: 'gpu', deviceName: 'vendor/gpu' }],
              disks: ['rootdisk', 'cloudinitdisk', 'token', 'tools'].map((name) => ({
                name,
                disk: { bus: 'virtio' },
              })),
              interfaces: [
                { name: 'default', masquerade: {} },
                { name: 'lan', bridge: {} },
              ],
            },
          },
          volumes: [
            { name: 'rootdisk', dataVolume: { name: 'origin-root' } },
            { name: 'cloudinitdisk', cloudInitNoCloud: { secretRef: { name: 'origin-cloudinit-0a1b2c3d' } } },
            { name: 'token', secret: { secretName: 'token' } },
            { name: 'tools', containerDisk: { image: 'quay.io/tools:1', imagePullSecret: 'registry' } },
            { name: 'host', hostDisk: { path: '/etc', type: 'Disk' } },
          ],
        },
      },
    },
  };

  it('takes nothing abroad that belongs to its namespace', () => {
    // biome-ignore lint/suspicious/noExplicitAny: a manifest is looked into.
    const made: any = copiedMachine(source, byDisks, claims, operation([], {}), CLOSED);
    expect(made.metadata.labels).toEqual({ app: 'x' });
    expect(made.spec).toMatchObject({
      runStrategy: 'Halted',
      instancetype: { kind: 'VirtualMachineClusterInstancetype', name: 'u1.small' },
    });
    expect(copiedDisks(byDisks, claims, operation([], {}), 'uid-1')).toMatchObject([
      {
        metadata: {
          name: 'web-root',
          namespace: 'vg-demo-1',
          ownerReferences: [{ name: 'web', uid: 'uid-1' }],
        },
        spec: {
          source: { pvc: { namespace: 'vg-first-0', name: 'origin-root' } },
          storage: { storageClassName: 'slow', resources: { requests: { storage: '1Gi' } } },
        },
      },
    ]);
    expect(JSON.stringify(made)).not.toMatch(
      /secret|revisionName|multus|accessCredentials|token|reserved|toleration|vendor/i,
    );
    const { devices } = made.spec.template.spec.domain;
    expect(devices.disks.map(({ name }: { name: string }) => name)).toEqual([
      'rootdisk',
      'cloudinitdisk',
      'tools',
    ]);
    const macAddress = expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/);
    expect(devices.interfaces).toEqual([{ name: 'default', masquerade: {}, macAddress }]);
  });

  it('keeps them at home', () => {
    const home = {
      ...byDisks,
      source: { ...byDisks.source, project: { ...project, namespace: 'vg-demo-1' } },
    };
    const made = JSON.stringify(copiedMachine(source, home, claims, operation([], {}), CLOSED));
    expect(made).toMatch(/origin-cloudinit/);
    expect(made).toMatch(/multus/);
    expect(made).not.toMatch(/revisionName/);
    expect(made).not.toMatch(/token|reserved|toleration|vendor|hostDisk|"keys"/i);
  });

  it('keeps what the platform opens', () => {
    const open = { placement: true, cpuModels: false, networkNamespaces: [] };
    const made = JSON.stringify(copiedMachine(source, byDisks, claims, operation([], {}), open));
    expect(made).toMatch(/reserved/);
    expect(made).not.toMatch(/hostDisk|vendor/);
  });

  it('refuses what only the source project knows', () => {
    const local = structuredClone(source);
    local.spec.instancetype.kind = 'VirtualMachineInstancetype';
    expect(() => copiedMachine(local, byDisks, claims, operation([], {}), CLOSED)).toThrow(
      expect.objectContaining({ code: 'clone.not_portable' }),
    );
  });
});
