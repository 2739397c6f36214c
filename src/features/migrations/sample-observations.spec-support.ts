import type { OperationRecord } from '../operations/operations.contract.js';
import type {
  ObservedInstance,
  ObservedMigration,
  ObservedNode,
  ObservedTransfer,
} from './domain/observed.js';
import { MIGRATE_KIND } from './operation-kinds.js';

/** For tests: a migration in the middle of a good life, to be made worse. */
export const NOW = new Date('2030-01-01T12:00:00Z');
export const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

const place = { namespace: 'vg-demo-1', resourceVersion: '1' };

export const transfer = (more: Partial<ObservedTransfer> = {}): ObservedTransfer => ({
  migrationUid: 'vmim-1',
  mode: 'PreCopy',
  sourceNode: 'node-1',
  targetNode: 'node-2',
  startedAt: '2030-01-01T11:59:30Z',
  endedAt: null,
  completed: false,
  failed: false,
  failureReason: null,
  abortRequested: false,
  abortStatus: null,
  policy: null,
  ...more,
});

export const migration = (more: Partial<ObservedMigration> = {}): ObservedMigration => ({
  ...place,
  name: 'migration-op-1',
  uid: 'vmim-1',
  virtualMachine: 'web',
  state: 'Running',
  createdAt: '2030-01-01T11:59:00Z',
  finishedAt: null,
  deleting: false,
  operationId: 'op-1',
  createdBy: null,
  cause: 'request',
  abortRequested: false,
  held: null,
  transfer: null,
  progress: null,
  ...more,
});

export const instance = (more: Partial<ObservedInstance> = {}): ObservedInstance => ({
  ...place,
  name: 'web',
  uid: 'vmi-1',
  alive: true,
  running: true,
  deleting: false,
  node: 'node-1',
  labels: {},
  nodeSelector: {},
  migratable: { value: true, reason: null, message: null },
  transfer: null,
  ...more,
});

export const node = (name: string, more: Partial<ObservedNode> = {}): ObservedNode => ({
  namespace: '',
  name,
  uid: name,
  resourceVersion: '1',
  labels: { 'kubevirt.io/schedulable': 'true', 'kubernetes.io/hostname': name },
  ready: true,
  schedulable: true,
  ...more,
});

export interface Progressing {
  /** Step -> notes, a refusal's code, or null for "handed to a job, not answered". */
  asked?: Record<string, Record<string, string> | string | null>;
  messages?: Record<string, string>;
  askedAgo?: number;
  cancelRequested?: boolean;
}

export function operation({
  asked = { scheduling: { uid: 'vmim-1' } },
  messages = {},
  askedAgo = 1,
  cancelRequested = false,
}: Progressing = {}): OperationRecord {
  const at = ago(askedAgo).toISOString();
  return {
    id: 'op-1',
    kind: MIGRATE_KIND.kind,
    state: 'RUNNING',
    project: { id: 'p-1', name: 'demo', tenantId: 't-1', tenant: 'demo', namespace: 'vg-demo-1' },
    target: { type: 'virtual-machine', name: 'web' },
    input: { instanceUid: 'vmi-1', targetNode: null, nodeHostname: null },
    steps: MIGRATE_KIND.steps.map((name) => ({
      name,
      state: name in asked || name in messages ? 'RUNNING' : 'PENDING',
      message: messages[name] ?? null,
      startedAt: at,
      finishedAt: null,
    })),
    progress: null,
    progressAt: ago(askedAgo),
    requestedBy: { type: 'user', id: 'u-1', name: 'Ada', tokenId: null },
    requestId: 'request-1',
    createdAt: ago(askedAgo + 1),
    startedAt: ago(askedAgo),
    cancelRequested,
    asked: Object.fromEntries(
      Object.entries(asked)
        .filter(([, answer]) => answer !== null)
        .map(([step, answer]) => [
          step,
          typeof answer === 'string'
            ? { at, notes: {}, refusal: { code: answer, message: 'It says no.', hint: null } }
            : { at, notes: answer ?? {}, refusal: null },
        ]),
    ),
  };
}
