import type { OperationRecord } from '../../operations/operations.contract.js';
import type {
  ObservedClaim,
  ObservedDataVolume,
  ObservedInstance,
  ObservedMachine,
} from '../domain/observed.js';

/** For tests: things as they are in the middle of a good life, to be made worse. */
export const NOW = new Date('2030-01-01T12:00:00Z');
export const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

const identity = { namespace: 'vg-demo-1', name: 'web', uid: 'vm-1', resourceVersion: '1' };

export const machine = (more: Partial<ObservedMachine> = {}): ObservedMachine => ({
  ...identity,
  generation: 1,
  desiredGeneration: null,
  observedGeneration: 1,
  createdAt: ago(60).toISOString(),
  deleting: false,
  labels: {},
  displayName: null,
  createdBy: null,
  operationId: 'op-1',
  deleteProtection: false,
  runStrategy: 'Always',
  wantedRunStrategy: null,
  instanceType: null,
  preference: null,
  cpus: 1,
  memory: '1Gi',
  volumes: [{ name: 'rootdisk', claim: 'web-root', kind: 'disk', bus: 'virtio', bootOrder: 1 }],
  interfaces: [
    {
      name: 'default',
      network: 'pod',
      model: 'virtio',
      mac: null,
      hotpluggable: false,
      absent: false,
      bootOrder: null,
    },
  ],
  firmware: null,
  tpm: null,
  boots: [{ kind: 'disks', name: 'rootdisk' }],
  podInterfaceByDefault: true,
  serialConsole: true,
  graphics: true,
  ownDisks: ['web-root'],
  cloudInitSecret: null,
  state: 'Running',
  ready: true,
  conditions: [],
  ...more,
});

export const instance = (more: Partial<ObservedInstance> = {}): ObservedInstance => ({
  ...identity,
  uid: 'vmi-1',
  phase: 'Running',
  deleting: false,
  paused: false,
  ready: true,
  node: 'node01',
  cpus: 1,
  memory: '1Gi',
  growth: { cpusPerSocket: 1, maxCpus: 4, maxMemory: '4Gi', wantedCpus: 1, wantedMemory: '1Gi' },
  interfaces: [],
  firmware: null,
  tpm: null,
  boots: [{ kind: 'disks', name: 'rootdisk' }],
  agentConnected: false,
  liveMigratable: null,
  guestOs: null,
  unschedulable: null,
  ...more,
});

export const dataVolume = (more: Partial<ObservedDataVolume> = {}): ObservedDataVolume => ({
  ...identity,
  name: 'web-root',
  uid: 'dv-1',
  owner: { name: 'web', uid: 'vm-1' },
  deleting: false,
  phase: 'Succeeded',
  progress: 100,
  restarts: 0,
  claim: 'web-root',
  size: '1Gi',
  storageClass: null,
  running: null,
  bound: null,
  clone: null,
  ...more,
});

export const claim = (more: Partial<ObservedClaim> = {}): ObservedClaim => ({
  ...identity,
  name: 'web-root',
  uid: 'pvc-1',
  owner: { kind: 'DataVolume', name: 'web-root', uid: 'dv-1' },
  createdBy: 'vm-1',
  deleting: false,
  phase: 'Bound',
  size: '1Gi',
  storageClass: 'fast',
  ...more,
});

interface Progressing {
  /** Step -> notes, a refusal's code, or null for "handed to a job, not answered". */
  asked?: Record<string, Record<string, string> | string | null>;
  messages?: Record<string, string>;
  askedAgo?: number;
}

export function operation(
  steps: readonly string[],
  { asked = {}, messages = {}, askedAgo = 1 }: Progressing,
  more: Partial<OperationRecord> = {},
): OperationRecord {
  const at = ago(askedAgo).toISOString();
  const answered = Object.entries(asked).filter(([, answer]) => answer !== null);
  return {
    id: 'op-1',
    kind: 'vm.test',
    state: 'RUNNING',
    project: { id: 'p-1', name: 'demo', tenantId: 't-1', tenant: 'demo', namespace: 'vg-demo-1' },
    target: { type: 'virtual-machine', name: 'web' },
    input: {},
    steps: steps.map((name) => ({
      name,
      state: name in asked || name in messages ? 'RUNNING' : 'PENDING',
      message: messages[name] ?? null,
      startedAt: name in asked || name in messages ? at : null,
      finishedAt: null,
    })),
    progress: null,
    progressAt: ago(askedAgo),
    requestedBy: { type: 'user', id: 'u-1', name: 'Ada', tokenId: null },
    requestId: 'request-1',
    createdAt: ago(askedAgo + 1),
    startedAt: ago(askedAgo),
    cancelRequested: false,
    asked: Object.fromEntries(
      answered.map(([step, answer]) => [
        step,
        typeof answer === 'string'
          ? { at, notes: {}, refusal: { code: answer, message: 'It says no.', hint: null } }
          : { at, notes: answer ?? {}, refusal: null },
      ]),
    ),
    ...more,
  };
}
