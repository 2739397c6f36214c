import type { Failure } from '../../../kernel/failure.js';
import type { Permission } from '../../../kernel/permission.js';
import {
  vmAlreadyRunning,
  vmBeingDeleted,
  vmNotPaused,
  vmNotRunning,
  vmPaused,
  vmRanOnce,
} from './failures.js';
import type { ObservedInstance, ObservedMachine } from './observed.js';

export const POWER_ACTIONS = [
  'start',
  'stop',
  'restart',
  'pause',
  'unpause',
  'soft-reboot',
  'reset',
] as const;
export type PowerAction = (typeof POWER_ACTIONS)[number];

export const kindOf = (action: PowerAction): string => `vm.${action}`;
export const permissionOf = (action: PowerAction): Permission => `vms:${action}`;

/** What a person may say along with an action. */
export interface PowerOptions {
  /** start: leave the guest paused before its first instruction. */
  paused?: boolean | null;
  /** stop, restart: pull the plug. */
  force?: boolean | null;
  /** stop: how long the guest may take to shut down. */
  gracePeriodSeconds?: number | null;
}

/** What counts of a machine when an action is asked. */
export interface PowerSituation {
  deleting: boolean;
  /** An instance exists and has not finished: booting, running, paused or shutting down. */
  instance: boolean;
  /** The instance runs (paused counts) and is not on its way out. */
  running: boolean;
  paused: boolean;
  /** The instance is on its way out, and no other will come by itself. */
  stopping: boolean;
  /** KubeVirt is to keep it running by itself (Always, Once), whether it already does or not. */
  wantedRunning: boolean;
  /** It is not started any more by itself, nor by KubeVirt's start: its run strategy is Once, and it has run. */
  ranOnce: boolean;
  state: string;
}

export function situationOf(
  machine: ObservedMachine,
  instance: ObservedInstance | undefined,
): PowerSituation {
  const alive = instance !== undefined && instance.phase !== 'Succeeded' && instance.phase !== 'Failed';
  const running = alive && instance.phase === 'Running' && !instance.deleting;
  const wantedRunning = machine.runStrategy === 'Always' || machine.runStrategy === 'Once';
  return {
    deleting: machine.deleting,
    instance: alive,
    running,
    paused: running && instance.paused,
    stopping: alive && !wantedRunning && (instance.deleting || machine.runStrategy === 'Halted'),
    wantedRunning,
    ranOnce: machine.runStrategy === 'Once' && instance !== undefined && !alive,
    state: machine.state,
  };
}

/** Why the action makes no sense now; null when it does. The cluster checks again when it is asked. */
export function refusalOf(action: PowerAction, now: PowerSituation): Failure | null {
  if (now.deleting) return vmBeingDeleted();
  const state = { details: { state: now.state } };
  switch (action) {
    case 'start':
      // It waits until the shutdown is over.
      if (now.stopping) return null;
      if (now.ranOnce) return vmRanOnce(undefined, state);
      return now.instance || now.wantedRunning
        ? vmAlreadyRunning(`The virtual machine is ${now.state}.`, state)
        : null;
    case 'stop':
      return now.instance || now.wantedRunning ? null : vmNotRunning(undefined, { ...state, hint: '' });
    case 'restart':
      return now.instance ? null : vmNotRunning(undefined, state);
    case 'pause':
      if (!now.running) return vmNotRunning(undefined, state);
      return now.paused ? vmPaused('The virtual machine is paused already.', { ...state, hint: '' }) : null;
    case 'unpause':
      if (!now.running) return vmNotRunning(undefined, state);
      return now.paused ? null : vmNotPaused(undefined, state);
    case 'soft-reboot':
      if (!now.running) return vmNotRunning(undefined, state);
      return now.paused ? vmPaused(undefined, state) : null;
    case 'reset':
      return now.running ? null : vmNotRunning(undefined, state);
  }
}

/**
 * Unfinished operations that an action takes the place of. A stop ends a start that has not come through, a start waits
 * for the shutdown that a stop began, and the plug can be pulled on a machine whose guest ignores its power button.
 */
export function supersededBy(action: PowerAction, options: PowerOptions): string[] {
  if (action === 'start') return ['vm.stop'];
  if (action !== 'stop') return [];
  return options.force ? ['vm.start', 'vm.restart', 'vm.stop'] : ['vm.start', 'vm.restart'];
}
