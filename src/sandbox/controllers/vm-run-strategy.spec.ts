import type { KubeObject, Untyped } from '../store/kube-object.js';
import { NOW, stored } from '../testing/world-of.js';
import { decidePower, nextStartFailure, pendingRequests, runStrategyOf } from './vm-run-strategy.js';

function vm(spec: Untyped, status: Untyped = {}): KubeObject {
  return stored({
    kind: 'VirtualMachine',
    apiVersion: 'kubevirt.io/v1',
    metadata: { name: 'one' },
    spec,
    status,
  });
}

function vmi(phase: string, changes: Untyped = {}): KubeObject {
  return stored({
    kind: 'VirtualMachineInstance',
    apiVersion: 'kubevirt.io/v1',
    metadata: { name: 'one', uid: 'instance', ...changes.metadata },
    spec: {},
    status: {
      phase,
      phaseTransitionTimestamps: (changes.phases ?? []).map((one: string) => ({ phase: one })),
    },
  });
}

const START = { action: 'Start' };
const STOP = { action: 'Stop', uid: 'instance' };
const DELETED = { metadata: { deletionTimestamp: '2026-11-23T05:59:59Z' } };

describe('the run strategy', () => {
  it('is what spec.running means where there is none', () => {
    expect(runStrategyOf({ spec: { running: true } })).toBe('Always');
    expect(runStrategyOf({ spec: { running: false } })).toBe('Halted');
  });

  it.each<[string, Untyped, KubeObject | undefined, Untyped, Untyped]>([
    ['Always', {}, undefined, {}, { act: 'start', paused: false }],
    ['Always', {}, vmi('Running'), {}, { act: 'none' }],
    ['Always', {}, vmi('Succeeded'), {}, { act: 'stop', thenStart: false }],
    ['Always', {}, vmi('Running'), { stateChangeRequests: [STOP, START] }, { act: 'stop', thenStart: false }],
    ['Always', {}, vmi('Running', DELETED), { stateChangeRequests: [STOP, START] }, { act: 'none' }],
    ['Halted', {}, undefined, {}, { act: 'none' }],
    ['Halted', {}, vmi('Running'), {}, { act: 'stop', thenStart: false }],
    ['Manual', {}, undefined, {}, { act: 'none' }],
    ['Manual', {}, undefined, { stateChangeRequests: [START] }, { act: 'start', paused: false }],
    [
      'Manual',
      {},
      undefined,
      { stateChangeRequests: [{ ...START, data: { paused: 'true' } }] },
      { act: 'start', paused: true },
    ],
    ['Manual', {}, vmi('Running'), { stateChangeRequests: [STOP] }, { act: 'stop', thenStart: false }],
    ['Manual', {}, vmi('Succeeded'), {}, { act: 'none' }],
    [
      'Manual',
      {},
      vmi('Running'),
      { stateChangeRequests: [{ action: 'Stop', uid: 'an earlier one' }] },
      { act: 'none' },
    ],
    ['RerunOnFailure', {}, undefined, {}, { act: 'start', paused: false }],
    ['RerunOnFailure', {}, undefined, { runStrategy: 'RerunOnFailure' }, { act: 'none' }],
    ['RerunOnFailure', {}, vmi('Failed'), {}, { act: 'stop', thenStart: true }],
    ['RerunOnFailure', {}, vmi('Succeeded'), {}, { act: 'none' }],
    ['Once', {}, undefined, {}, { act: 'start', paused: false }],
    ['Once', {}, undefined, { runStrategy: 'Once' }, { act: 'none' }],
    ['Once', {}, vmi('Failed'), {}, { act: 'none' }],
  ])('%s: %j, instance %j, status %j', (runStrategy, spec, instance, status, decision) => {
    expect(decidePower(vm({ runStrategy, ...spec }, status), instance)).toEqual(decision);
  });

  it('forgets requests that are done', () => {
    const asked = (requests: Untyped[], runStrategy = 'Always') =>
      vm({ runStrategy }, { stateChangeRequests: requests });
    expect(pendingRequests(asked([STOP, START]), vmi('Running'))).toEqual([STOP, START]);
    expect(pendingRequests(asked([STOP, START]), vmi('Running', DELETED))).toEqual([START]);
    expect(pendingRequests(asked([STOP, START]), undefined)).toEqual([START]);
    expect(pendingRequests(asked([START]), vmi('Pending', { metadata: { uid: 'new' } }))).toEqual([]);
    expect(pendingRequests(asked([START], 'Halted'), undefined)).toEqual([]);
  });

  it('waits longer with every start that fails, and forgets it once one runs', () => {
    const first = nextStartFailure(undefined, vmi('Failed'), NOW);
    expect(first).toEqual({
      consecutiveFailCount: 1,
      lastFailedVMIUID: 'instance',
      retryAfterTimestamp: '2026-11-23T06:00:10Z',
    });
    expect(nextStartFailure(first, vmi('Failed'), NOW)).toBe(first);
    const second = nextStartFailure(first, vmi('Failed', { metadata: { uid: 'next' } }), NOW);
    expect(second).toMatchObject({ consecutiveFailCount: 2, retryAfterTimestamp: '2026-11-23T06:00:20Z' });
    const many = nextStartFailure(
      { ...first!, consecutiveFailCount: 12 },
      vmi('Failed', { metadata: { uid: 'x' } }),
      NOW,
    );
    expect(many?.retryAfterTimestamp).toBe('2026-11-23T06:05:00Z');
    expect(nextStartFailure(second, vmi('Running', { phases: ['Pending', 'Running'] }), NOW)).toBeUndefined();
    expect(
      nextStartFailure(undefined, vmi('Failed', { phases: ['Running', 'Failed'] }), NOW),
    ).toBeUndefined();
  });
});
