import type { OperationRecord } from '../../operations/operations.contract.js';
import type { ObservedExport, ObservedMachine } from '../domain/observed.js';
import { nextOfCreation } from './creation.js';
import { nextOfDeletion } from './deletion.js';
import { nextOfDump, nextOfRemoval } from './dumping.js';

const NOW = new Date('2030-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();
const answered = (seconds = 1, notes: Record<string, string> = {}) => ({
  at: ago(seconds),
  notes,
  refusal: null,
});
const refused = (code: string) => ({
  at: ago(1),
  notes: {},
  refusal: { code, message: 'No.', hint: null },
});

const operation = (more: Partial<OperationRecord> = {}): OperationRecord =>
  ({
    id: 'op-1',
    project: { name: 'demo', namespace: 'vg-demo-1' },
    target: { type: 'export', name: 'out' },
    input: {},
    steps: [],
    asked: {},
    cancelRequested: false,
    ...more,
  }) as unknown as OperationRecord;

const cleaning = (message: string) => [
  { name: 'clean-up', state: 'RUNNING' as const, message, startedAt: null, finishedAt: null },
];

const link = { cert: '', volumes: [{ name: 'web-root', formats: [] }], manifests: [] };
const exported = (more: Partial<ObservedExport> = {}): ObservedExport =>
  ({
    name: 'out',
    uid: 'export-1',
    deleting: false,
    phase: 'Ready',
    message: null,
    internal: link,
    external: null,
    ...more,
  }) as ObservedExport;

describe('export.create', () => {
  const made = operation({ asked: { 'create-export': answered() } });

  it('waits to be asked, then for the cluster, then succeeds', () => {
    expect(nextOfCreation(operation(), { export: undefined }, NOW)).toMatchObject({ step: 'create-export' });
    const pending = exported({ phase: 'Pending', message: 'the disk is in use' });
    expect(nextOfCreation(made, { export: pending }, NOW)).toMatchObject({
      do: 'wait',
      step: 'wait-ready',
      message: 'the disk is in use',
    });
    expect(nextOfCreation(made, { export: exported() }, NOW)).toEqual({
      do: 'succeed',
      result: { id: 'export-1', name: 'out', project: 'demo' },
    });
  });

  it('is not ready before something can be read', () => {
    expect(nextOfCreation(made, { export: exported({ internal: null }) }, NOW).do).toBe('wait');
  });

  it.each([
    ['nothing to export', exported({ phase: 'Skipped' }), 1, 'export.empty'],
    ['deleted by others', exported({ deleting: true }), 1, 'export.vanished'],
    ['never seen', undefined, 90, 'export.vanished'],
    ['never ready', exported({ phase: 'Pending' }), 3600, 'export.timeout'],
  ])('cleans up when there is %s, and then says why', (_what, found, seconds, code) => {
    const asked = { 'create-export': answered(seconds) };
    const decision = nextOfCreation(operation({ asked }), { export: found }, NOW);
    expect(decision).toMatchObject({ do: 'act', step: 'clean-up', leaving: 'FAILED' });
    const steps = cleaning((decision as { message: string }).message);
    const cleaned = operation({ steps, asked: { ...asked, 'clean-up': answered() } });
    expect(nextOfCreation(cleaned, { export: exported({ deleting: true }) }, NOW).do).toBe('wait');
    expect(nextOfCreation(cleaned, { export: undefined }, NOW)).toMatchObject({
      do: 'fail',
      error: { code },
    });
  });

  it('cancelled, leaves nothing', () => {
    const cancelled = operation({ cancelRequested: true, asked: { 'create-export': answered() } });
    const decision = nextOfCreation(cancelled, { export: exported({ phase: 'Pending' }) }, NOW);
    expect(decision).toMatchObject({ do: 'act', step: 'clean-up', leaving: 'SKIPPED' });
    const cleaned = operation({
      steps: cleaning((decision as { message: string }).message),
      asked: { 'create-export': answered(), 'clean-up': answered() },
    });
    expect(nextOfCreation(cleaned, { export: undefined }, NOW)).toEqual({ do: 'cancelled' });
  });

  it('cleans again where the cluster was away, and tells what it may not take back', () => {
    const steps = cleaning('export.timeout: late');
    const asked = { 'create-export': answered() };
    const away = operation({ steps, asked: { ...asked, 'clean-up': refused('operation.exhausted') } });
    expect(nextOfCreation(away, { export: exported() }, NOW)).toMatchObject({ do: 'act', step: 'clean-up' });
    const forbidden = operation({ steps, asked: { ...asked, 'clean-up': refused('cluster.forbidden') } });
    expect(nextOfCreation(forbidden, { export: exported() }, NOW)).toMatchObject({
      do: 'fail',
      error: { code: 'export.timeout', hint: expect.stringContaining('No.') },
    });
  });
});

describe('export.delete', () => {
  it('succeeds when it is gone, waits while it is not, and gives up', () => {
    const deleted = (seconds: number) => operation({ asked: { 'delete-export': answered(seconds) } });
    expect(nextOfDeletion(deleted(1), { export: undefined }, NOW)).toEqual({ do: 'succeed' });
    expect(nextOfDeletion(deleted(1), { export: exported() }, NOW)).toMatchObject({ do: 'wait' });
    expect(nextOfDeletion(deleted(3600), { export: exported() }, NOW)).toMatchObject({
      do: 'fail',
      error: { code: 'export.delete_timeout' },
    });
    const no = operation({ asked: { 'delete-export': refused('auth.forbidden') } });
    expect(nextOfDeletion(no, { export: exported() }, NOW)).toMatchObject({
      error: { code: 'auth.forbidden' },
    });
  });
});

describe('vm.memory-dump', () => {
  const create = { size: '1Gi', storageClass: null };
  const input = { uid: 'vm-1', claim: 'web-dump', create };
  const instance = { running: true } as never;
  const machine = (phase: string, endedAt: string | null = null): ObservedMachine =>
    ({
      dump: {
        claim: 'web-dump',
        phase,
        fileName: 'web.memory.dump',
        message: 'why',
        startedAt: null,
        endedAt,
      },
    }) as ObservedMachine;
  const asked = { 'create-disk': answered(), request: answered() };

  it('makes the disk, asks, follows and tells where it is', () => {
    const none = { machine: machine(''), instance, claim: undefined };
    expect(nextOfDump(operation({ input }), none, NOW)).toMatchObject({ do: 'wait', step: 'create-disk' });
    const begun = operation({ input, asked: { 'create-disk': answered() } });
    expect(nextOfDump(begun, none, NOW)).toMatchObject({ do: 'act', step: 'request' });
    const asking = operation({ input, asked });
    expect(nextOfDump(asking, { ...none, machine: machine('InProgress') }, NOW)).toMatchObject({
      do: 'wait',
      step: 'dump',
      message: 'InProgress',
    });
    expect(nextOfDump(asking, { ...none, machine: machine('Completed', ago(0)) }, NOW)).toEqual({
      do: 'succeed',
      result: { disk: 'web-dump', fileName: 'web.memory.dump' },
    });
  });

  it('does not take the end of an earlier dump for its own', () => {
    const before = ago(500);
    const again = operation({
      input: { ...input, create: null },
      asked: { 'create-disk': answered(), request: answered(1, { endedBefore: before }) },
    });
    const observed = { machine: machine('Completed', before), instance, claim: undefined };
    expect(nextOfDump(again, observed, NOW).do).toBe('wait');
    expect(nextOfDump(again, { ...observed, machine: machine('Completed', ago(0)) }, NOW).do).toBe('succeed');
  });

  it('takes back the disk that it made, and only that', () => {
    const failed = { machine: machine('Failed'), instance, claim: undefined };
    const decision = nextOfDump(operation({ input, asked }), failed, NOW);
    expect(decision).toMatchObject({ do: 'act', step: 'clean-up', leaving: 'FAILED' });
    const cleaned = operation({
      input,
      steps: cleaning((decision as { message: string }).message),
      asked: { ...asked, 'clean-up': answered() },
    });
    expect(nextOfDump(cleaned, failed, NOW)).toMatchObject({
      do: 'fail',
      error: { code: 'memory_dump.failed', message: 'why' },
    });
    const own = operation({ input: { ...input, create: null }, asked });
    expect(nextOfDump(own, failed, NOW)).toMatchObject({ do: 'fail', error: { code: 'memory_dump.failed' } });
  });

  it('ends when the machine does', () => {
    const asking = operation({ input, asked: { ...asked, request: answered(60) } });
    const observed = { machine: machine('InProgress'), instance: undefined, claim: undefined };
    expect(nextOfDump(asking, observed, NOW)).toMatchObject({
      step: 'clean-up',
      message: expect.stringContaining('memory_dump.not_running'),
    });
  });
});

describe('vm.memory-dump.remove', () => {
  const claim = {} as never;
  const held = { dump: { claim: 'web-dump', phase: 'Dissociating' } } as ObservedMachine;
  const free = { dump: null } as ObservedMachine;

  it('waits until the machine has let go, and deletes the disk only if that is wanted', () => {
    const asked = { request: answered() };
    const keep = operation({ input: { claim: 'web-dump', deleteDisk: false }, asked });
    const remove = operation({ input: { claim: 'web-dump', deleteDisk: true }, asked });
    const see = (machine: ObservedMachine) => ({ machine, instance: undefined, claim });
    expect(nextOfRemoval(keep, see(held), NOW)).toMatchObject({ do: 'wait', step: 'release' });
    expect(nextOfRemoval(keep, see(free), NOW)).toEqual({ do: 'succeed', result: { disk: 'web-dump' } });
    expect(nextOfRemoval(remove, see(free), NOW)).toMatchObject({ do: 'act', step: 'delete-disk' });
    const deleted = operation({ ...remove, asked: { ...asked, 'delete-disk': answered() } });
    expect(nextOfRemoval(deleted, see(free), NOW).do).toBe('wait');
    expect(nextOfRemoval(deleted, { ...see(free), claim: undefined }, NOW)).toEqual({ do: 'succeed' });
  });
});
