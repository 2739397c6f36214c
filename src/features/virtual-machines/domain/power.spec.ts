import { POWER_ACTIONS, type PowerAction, type PowerSituation, refusalOf, supersededBy } from './power.js';
import { powerRequest } from './power-request.js';

const off: PowerSituation = {
  deleting: false,
  instance: false,
  running: false,
  paused: false,
  stopping: false,
  wantedRunning: false,
  ranOnce: false,
  state: 'Stopped',
};
const running = { ...off, instance: true, running: true, wantedRunning: true, state: 'Running' };
const SITUATIONS: Record<string, PowerSituation> = {
  off,
  running,
  paused: { ...running, paused: true, state: 'Paused' },
  provisioning: { ...off, wantedRunning: true, state: 'Provisioning' },
  booting: { ...off, instance: true, wantedRunning: true, state: 'Starting' },
  stopping: { ...off, instance: true, stopping: true, state: 'Stopping' },
  ranOnce: { ...off, wantedRunning: true, ranOnce: true },
  deleting: { ...running, deleting: true, state: 'Terminating' },
};
const RUNNING = 'vm.already_running';
const NOT = 'vm.not_running';
const GONE = 'vm.being_deleted';

/** What each action is told, in the order of POWER_ACTIONS; "ok" where it is asked of the cluster. */
const TABLE: Record<string, string[]> = {
  //             start    stop  restart pause        unpause          soft-reboot  reset
  off: ['ok', NOT, NOT, NOT, NOT, NOT, NOT],
  running: [RUNNING, 'ok', 'ok', 'ok', 'vm.not_paused', 'ok', 'ok'],
  paused: [RUNNING, 'ok', 'ok', 'vm.paused', 'ok', 'vm.paused', 'ok'],
  provisioning: [RUNNING, 'ok', NOT, NOT, NOT, NOT, NOT],
  booting: [RUNNING, 'ok', 'ok', NOT, NOT, NOT, NOT],
  stopping: ['ok', 'ok', 'ok', NOT, NOT, NOT, NOT],
  ranOnce: ['vm.ran_once', 'ok', NOT, NOT, NOT, NOT, NOT],
  deleting: [GONE, GONE, GONE, GONE, GONE, GONE, GONE],
};

it.each(Object.entries(TABLE))('a machine that is %s', (situation, answers) => {
  const now = SITUATIONS[situation] as PowerSituation;
  expect(POWER_ACTIONS.map((action) => refusalOf(action, now)?.code ?? 'ok')).toEqual(answers);
});

it('lets a stop take the place of a start, a start of a stop, and a forced stop of a stop', () => {
  expect(supersededBy('stop', {})).toContain('vm.start');
  expect(supersededBy('stop', {})).not.toContain('vm.stop');
  expect(supersededBy('stop', { force: true })).toContain('vm.stop');
  expect(supersededBy('start', {})).toEqual(['vm.stop']);
  expect(supersededBy('restart', {})).toEqual([]);
});

it.each([
  ['start', {}, 'virtualmachines/start', {}],
  ['start', { paused: true }, 'virtualmachines/start', { paused: true }],
  ['stop', {}, 'virtualmachines/stop', {}],
  ['stop', { force: true, gracePeriodSeconds: 9 }, 'virtualmachines/stop', { gracePeriod: 0 }],
  ['stop', { gracePeriodSeconds: 9 }, 'virtualmachines/stop', { gracePeriod: 9 }],
  ['restart', { force: true }, 'virtualmachines/restart', { gracePeriodSeconds: 0 }],
  ['pause', {}, 'virtualmachineinstances/pause', {}],
  ['unpause', {}, 'virtualmachineinstances/unpause', {}],
  ['soft-reboot', {}, 'virtualmachineinstances/softreboot', {}],
  ['reset', {}, 'virtualmachineinstances/reset', {}],
])('%s %j is PUT %s', (action, options, path, body) => {
  const request = powerRequest(action as PowerAction, options);
  expect([`${request.resource}/${request.subresource}`, request.body]).toEqual([path, body]);
});
