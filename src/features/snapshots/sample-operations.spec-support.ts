import type { OperationRecord } from '../operations/operations.contract.js';
import type { SourceInstance, SourceMachine } from './source-machine.contract.js';

/** For tests: operations and machines in the middle of a good life, to be made worse. */
export const NOW = new Date('2030-01-01T12:00:00Z');
export const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

const identity = { namespace: 'vg-demo-1', name: 'web', uid: 'vm-1', resourceVersion: '1' };

export const machine = (more: Partial<SourceMachine> = {}): SourceMachine => ({
  ...identity,
  deleting: false,
  trashed: false,
  operationId: null,
  state: 'Running',
  runStrategy: 'Always',
  firmwareUuid: null,
  volumes: [{ name: 'rootdisk', claim: 'web-root', canSnapshot: true, reason: null }],
  snapshotInProgress: null,
  restoreInProgress: null,
  ...more,
});

export const instance = (more: Partial<SourceInstance> = {}): SourceInstance => ({
  ...identity,
  uid: 'vmi-1',
  phase: 'Running',
  deleting: false,
  alive: true,
  frozen: false,
  firmwareUuid: null,
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
  input: object,
  { asked = {}, messages = {}, askedAgo = 1 }: Progressing = {},
  more: Partial<OperationRecord> = {},
): OperationRecord {
  const at = ago(askedAgo).toISOString();
  return {
    id: 'op-1',
    kind: 'test',
    state: 'RUNNING',
    project: { id: 'p-1', name: 'demo', tenantId: 't-1', tenant: 'demo', namespace: 'vg-demo-1' },
    target: { type: 'virtual-machine', name: 'web' },
    input: { ...input },
    steps: steps.map((name) => ({
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
    cancelRequested: false,
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
    ...more,
  };
}
