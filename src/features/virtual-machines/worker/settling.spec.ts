import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import type { PowerAction, PowerOptions } from '../domain/power.js';
import { DELETE_KIND, UPDATE_KIND } from '../operation-kinds.js';
import { type DeletionObserved, nextOfDeletion } from './deletion.js';
import { nextOfPower, type PowerObserved } from './power-machine.js';
import { claim, dataVolume, instance, machine, NOW, operation } from './sample-observations.spec-support.js';
import { nextOfUpdate } from './update-machine.js';

describe('a start that meets a shutdown', () => {
  const steps = ['request', 'start-again', 'settle'];
  const input = { action: 'start', options: {}, uid: 'vm-1', instanceUid: 'vmi-1' };
  const met = { request: { waitsFor: 'vmi-1' } };
  const next = (observed: Partial<PowerObserved>, asked: object = met, seconds = 1) =>
    nextOfPower(
      operation(steps, { asked: asked as never, askedAgo: seconds }, { input }),
      { machine: machine({ state: 'Stopping', runStrategy: 'Halted' }), instance: undefined, ...observed },
      NOW,
    );
  const again = { ...met, 'start-again': {} };

  it.each<[string, Decision]>([
    ['waits until the instance is gone', next({ instance: instance({ deleting: true }) })],
    ['waits as long as its grace may take', next({ instance: instance() }, met, 300)],
  ])('%s', (_what, decision) => {
    expect(decision).toMatchObject({ do: 'wait', step: 'request' });
  });

  it.each<[string, Decision]>([
    ['then asks again', next({})],
    ['or once it has ended', next({ instance: instance({ phase: 'Succeeded' }) })],
    ['or when there is another', next({ instance: instance({ uid: 'vmi-2' }) })],
  ])('%s', (_what, decision) => {
    expect(decision).toEqual({ do: 'act', step: 'start-again' });
  });

  it('is not done before the new instance runs', () => {
    expect(next({ machine: machine({ state: 'Starting' }) }, again)).toMatchObject({
      do: 'wait',
      step: 'settle',
    });
    expect(next({ machine: machine(), instance: instance({ uid: 'vmi-2' }) }, again)).toEqual({
      do: 'succeed',
    });
  });

  it('fails with what refuses it, or with a shutdown that does not end', () => {
    expect(next({}, { ...met, 'start-again': 'vm.not_found' })).toMatchObject({
      do: 'fail',
      error: { code: 'vm.not_found' },
    });
    expect(next({ instance: instance({ deleting: true }) }, met, 600)).toMatchObject({
      do: 'fail',
      error: { code: 'vm.stop_timeout' },
    });
  });
});

describe('power', () => {
  const after = (
    action: PowerAction,
    observed: Partial<PowerObserved>,
    { options = {}, seconds = 1 }: { options?: PowerOptions; seconds?: number } = {},
  ) => {
    const input = { action, options, uid: 'vm-1', instanceUid: 'vmi-1' };
    const record = operation(['request', 'settle'], { asked: { request: {} }, askedAgo: seconds }, { input });
    const decision = nextOfPower(record, { machine: machine(), instance: undefined, ...observed }, NOW);
    return decision.do === 'fail' ? decision.error.code : decision.do;
  };
  const paused = { machine: machine({ state: 'Paused' }), instance: instance({ paused: true }) };
  const running = { machine: machine(), instance: instance() };
  const stopped = { machine: machine({ state: 'Stopped', runStrategy: 'Halted' }) };
  const stopping = { machine: machine({ state: 'Stopping' }), instance: instance({ deleting: true }) };

  it.each<[string, PowerAction, Partial<PowerObserved>, object, string]>([
    ['start: the cache has not seen it', 'start', stopped, {}, 'wait'],
    [
      'start: it boots',
      'start',
      { machine: machine({ state: 'Starting' }), instance: instance({ phase: 'Scheduled' }) },
      {},
      'wait',
    ],
    [
      'start: KubeVirt has not said so',
      'start',
      { machine: machine({ state: 'Starting' }), instance: instance() },
      {},
      'wait',
    ],
    ['start: it runs', 'start', running, {}, 'succeed'],
    ['start paused: it runs, not paused yet', 'start', running, { options: { paused: true } }, 'wait'],
    ['start paused: it is', 'start', paused, { options: { paused: true } }, 'succeed'],
    [
      'start: it crashes for a moment',
      'start',
      { machine: machine({ state: 'CrashLoopBackOff' }) },
      {},
      'wait',
    ],
    [
      'start: it crashes',
      'start',
      { machine: machine({ state: 'CrashLoopBackOff' }) },
      { seconds: 11 },
      'vm.start_failed',
    ],
    [
      'start: its disk is filled for hours',
      'start',
      { machine: machine({ state: 'Provisioning' }) },
      { seconds: 7200 },
      'wait',
    ],
    [
      'start: nothing for ten minutes',
      'start',
      { machine: machine({ state: 'Starting' }) },
      { seconds: 600 },
      'vm.start_timeout',
    ],
    ['stop: it shuts down', 'stop', stopping, {}, 'wait'],
    [
      'stop: instance gone, KubeVirt has not said so',
      'stop',
      { machine: machine({ state: 'Stopping' }) },
      {},
      'wait',
    ],
    ['stop: it is', 'stop', stopped, {}, 'succeed'],
    [
      'stop: its guest has ended',
      'stop',
      { ...stopped, instance: instance({ phase: 'Succeeded' }) },
      {},
      'succeed',
    ],
    [
      'stop: while its disk is filled',
      'stop',
      { machine: machine({ state: 'Provisioning' }) },
      {},
      'succeed',
    ],
    ['stop: the guest does not listen', 'stop', stopping, { seconds: 600 }, 'vm.stop_timeout'],
    ['restart: the old one still runs', 'restart', running, {}, 'wait'],
    ['restart: none runs', 'restart', { machine: machine({ state: 'Stopping' }) }, {}, 'wait'],
    [
      'restart: the new one boots',
      'restart',
      { machine: machine({ state: 'Starting' }), instance: instance({ uid: 'vmi-2', phase: 'Scheduled' }) },
      {},
      'wait',
    ],
    [
      'restart: the new one runs',
      'restart',
      { machine: machine(), instance: instance({ uid: 'vmi-2' }) },
      {},
      'succeed',
    ],
    ['restart: never', 'restart', running, { seconds: 600 }, 'vm.stop_timeout'],
    ['pause: not yet', 'pause', running, {}, 'wait'],
    [
      'pause: the machine lags behind its instance',
      'pause',
      { machine: machine(), instance: instance({ paused: true }) },
      {},
      'wait',
    ],
    ['pause: it is', 'pause', paused, {}, 'succeed'],
    ['pause: it went away', 'pause', stopped, { seconds: 6 }, 'vm.not_running'],
    ['unpause: not yet', 'unpause', paused, {}, 'wait'],
    ['unpause: it runs', 'unpause', running, {}, 'succeed'],
    ['reset: was all there is to it', 'reset', running, {}, 'succeed'],
    ['soft-reboot: was all there is to it', 'soft-reboot', running, {}, 'succeed'],
    ['another machine under the name', 'stop', { machine: machine({ uid: 'vm-2' }) }, {}, 'vm.vanished'],
    ['it is deleted', 'start', { machine: machine({ deleting: true }) }, {}, 'vm.vanished'],
    ['there is none', 'start', { machine: undefined }, {}, 'vm.vanished'],
  ])('%s', (_what, action, observed, more, expected) => {
    expect(after(action, observed, more)).toBe(expected);
  });

  it('waits for its answer, and fails with its refusal', () => {
    const asked = (request: string | null) =>
      nextOfPower(
        operation(['request', 'settle'], { asked: { request } }, { input: { action: 'stop', uid: 'vm-1' } }),
        running,
        NOW,
      );
    expect(asked(null)).toEqual({ do: 'wait', step: 'request' });
    expect(asked('vm.not_running')).toMatchObject({ do: 'fail', error: { code: 'vm.not_running' } });
  });
});

describe('vm.delete', () => {
  const seen = (observed: Partial<DeletionObserved>): DeletionObserved => ({
    machine: undefined,
    instance: undefined,
    dataVolumes: [],
    claims: [],
    snapshots: [],
    ...observed,
  });
  const deletion = (
    disks: string,
    asked: Record<string, object | string | null>,
    askedAgo = 1,
  ): OperationRecord =>
    operation(
      DELETE_KIND.steps,
      { asked: asked as never, askedAgo },
      { input: { disks, uid: 'vm-1', ownDisks: ['web-root'] } },
    );
  const RELEASED = { 'release-disks': {} };
  const DELETED = { ...RELEASED, 'delete-machine': {} };
  const next = (record: OperationRecord, observed: Partial<DeletionObserved>) =>
    nextOfDeletion(record, seen(observed), NOW);

  it('deletes at once what takes its disks along', () => {
    const all = { machine: machine(), dataVolumes: [dataVolume()], claims: [claim()] };
    expect(next(deletion('delete', RELEASED), all)).toMatchObject({ do: 'act', step: 'delete-machine' });
  });

  it('never deletes before kept disks are let go, whatever the time', () => {
    const free = dataVolume({ owner: null });
    const still = [
      { machine: machine({ ownDisks: [] }), dataVolumes: [dataVolume()] },
      { machine: machine(), dataVolumes: [free] },
    ];
    for (const held of still) {
      expect(next(deletion('keep', RELEASED), held)).toMatchObject({ do: 'wait', step: 'release-disks' });
      expect(next(deletion('keep', RELEASED, 61), held)).toMatchObject({
        do: 'fail',
        error: { message: expect.stringContaining('nothing was deleted') },
      });
    }
    const unseen = { machine: machine({ ownDisks: [], generation: 2 }), dataVolumes: [free] };
    expect(next(deletion('keep', RELEASED), unseen)).toMatchObject({ do: 'wait' });
    expect(next(deletion('keep', RELEASED, 21), unseen)).toMatchObject({ do: 'act' });
    const let_go = { machine: machine({ ownDisks: [] }), dataVolumes: [free], claims: [claim()] };
    expect(next(deletion('keep', RELEASED), let_go)).toMatchObject({ do: 'act', step: 'delete-machine' });
  });

  it('keeps some disks and lets others go, and takes snapshots along where asked', () => {
    const input = {
      uid: 'vm-1',
      ownDisks: ['web-root', 'web-data'],
      keepDisks: ['web-data'],
      snapshots: [{ name: 'before', uid: 's-1' }],
    };
    const at = (asked: object) =>
      operation(DELETE_KIND.steps, { asked: asked as never, askedAgo: 1 }, { input });
    const root = dataVolume();
    const data = dataVolume({ name: 'web-data', uid: 'dv-2', owner: null });
    const freed = { machine: machine({ ownDisks: [] }), dataVolumes: [root, data] };
    expect(next(at(RELEASED), freed)).toMatchObject({ do: 'act', step: 'delete-machine' });
    const held = { ...freed, dataVolumes: [root, { ...data, owner: root.owner }] };
    expect(next(at(RELEASED), held)).toMatchObject({ do: 'wait', step: 'release-disks' });
    expect(next(at(DELETED), freed)).toMatchObject({ do: 'act', step: 'delete-snapshots' });
    const all = { ...DELETED, 'delete-snapshots': {} };
    expect(next(at(all), { dataVolumes: [root, data], snapshots: ['before'] })).toMatchObject({
      message: 'Waiting for disk web-root, snapshot before',
    });
    expect(next(at(all), { dataVolumes: [data] })).toEqual({ do: 'succeed' });
  });

  it('waits for everything that goes, and says for what', () => {
    const left = { instance: instance(), dataVolumes: [dataVolume()], claims: [claim()] };
    expect(next(deletion('delete', DELETED), left)).toMatchObject({
      do: 'wait',
      step: 'wait-gone',
      message: 'Waiting for its instance, disk web-root',
    });
    expect(next(deletion('delete', DELETED), {})).toEqual({ do: 'succeed' });
    expect(next(deletion('keep', DELETED), { dataVolumes: [dataVolume()], claims: [claim()] })).toEqual({
      do: 'succeed',
    });
    expect(next(deletion('delete', DELETED, 900_000), left)).toMatchObject({
      do: 'fail',
      error: { code: 'vm.delete_timeout' },
    });
  });

  it('fails with what the cluster says', () => {
    expect(next(deletion('keep', { 'release-disks': 'cluster.refused' }), {})).toMatchObject({ do: 'fail' });
    expect(next(deletion('keep', { ...RELEASED, 'delete-machine': 'cluster.refused' }), {})).toMatchObject({
      do: 'fail',
      error: { code: 'cluster.refused' },
    });
  });
});

describe('vm.update', () => {
  const next = (
    asked: Record<string, string> | string | null,
    seen: ReturnType<typeof machine> | undefined,
    askedAgo = 1,
    more: { grow?: object; instance?: ReturnType<typeof instance> } = {},
  ) =>
    nextOfUpdate(
      operation(
        UPDATE_KIND.steps,
        { asked: { apply: asked }, askedAgo },
        { input: { uid: 'vm-1', grow: more.grow } },
      ),
      { machine: seen, instance: more.instance },
      NOW,
    );
  const restart = {
    type: 'RestartRequired',
    status: 'True',
    reason: null,
    message: null,
    lastTransitionTime: null,
  };

  it('succeeds when KubeVirt has seen the change, and says whether it takes a restart', () => {
    expect(next(null, machine())).toEqual({ do: 'wait', step: 'apply' });
    expect(next({ generation: '2' }, machine())).toMatchObject({ do: 'wait', step: 'settle' });
    expect(next({ generation: '2' }, machine({ generation: 2 }))).toMatchObject({ do: 'wait' });
    expect(next({ generation: '2' }, machine({ generation: 2, observedGeneration: 2 }))).toEqual({
      do: 'succeed',
      result: { id: 'vm-1', name: 'web', restartRequired: false },
    });
    const changed = machine({ generation: 2, observedGeneration: 2, conditions: [restart] });
    expect(next({ generation: '2' }, changed)).toMatchObject({ result: { restartRequired: true } });
    // The instance stays behind where it takes a restart.
    const behind = machine({
      generation: 2,
      observedGeneration: 1,
      desiredGeneration: 2,
      conditions: [restart],
    });
    expect(next({ generation: '2' }, behind)).toMatchObject({ result: { restartRequired: true } });
  });

  it('does not wait for ever for a cluster that does not count', () => {
    expect(next({ generation: '2' }, machine({ generation: 2 }), 16)).toMatchObject({ do: 'succeed' });
    expect(next({ generation: '1' }, machine({ observedGeneration: null }))).toMatchObject({ do: 'succeed' });
  });

  it('waits until a guest that grows has what it shall have, unless it takes a restart', () => {
    const grow = { cpus: 2, memory: '2Gi' };
    const seen = machine({ generation: 2, observedGeneration: 2 });
    const grown = (cpus: number, memory: string, minutes = 0) =>
      next({ generation: '2' }, seen, minutes * 60, { grow, instance: instance({ cpus, memory }) });
    expect(grown(1, '1Gi')).toMatchObject({ do: 'wait', step: 'settle' });
    expect(grown(2, '1Gi')).toMatchObject({ do: 'wait' });
    expect(grown(2, '2Gi')).toMatchObject({ do: 'succeed', result: { restartRequired: false } });
    expect(grown(1, '1Gi', 31)).toMatchObject({ do: 'fail', error: { code: 'vm.resize_timeout' } });
    const changed = machine({ generation: 2, observedGeneration: 2, conditions: [restart] });
    expect(next({ generation: '2' }, changed, 1, { grow, instance: instance() })).toMatchObject({
      do: 'succeed',
      result: { restartRequired: true },
    });
    expect(next({ generation: '2' }, seen, 1, { grow })).toMatchObject({ do: 'succeed' });
  });

  it('fails for a refusal and for a machine that is gone', () => {
    expect(next('cluster.refused', machine())).toMatchObject({
      do: 'fail',
      error: { code: 'cluster.refused' },
    });
    expect(next({ generation: '1' }, undefined)).toMatchObject({
      do: 'fail',
      error: { code: 'vm.vanished' },
    });
  });
});
