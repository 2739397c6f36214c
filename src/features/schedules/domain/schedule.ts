/** How a machine fared in a run. */
export const MACHINE_STATES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED'] as const;
export type RunMachineState = (typeof MACHINE_STATES)[number];

/** PARTIAL: of some machines there is a snapshot, of others not. */
export const RUN_STATES = ['RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'SKIPPED'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Carried by every snapshot that a schedule made, with the schedule's id: nothing else is ever removed by it. */
export const SCHEDULE_LABEL = 'virtgate.io/schedule';

export interface Keep {
  last: number | null;
  daily: number | null;
  weekly: number | null;
  monthly: number | null;
}

export interface Selector {
  matchLabels: Record<string, string>;
}

export interface Schedule {
  id: string;
  projectId: string;
  name: string;
  cron: string;
  timeZone: string;
  keep: Keep;
  selector: Selector;
  suspended: boolean;
  suspendedReason: string | null;
  owner: { type: string; id: string; name: string };
  nextRunAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface RunMachine {
  virtualMachine: string;
  state: RunMachineState;
  snapshot: string;
  /** The id of the operation that takes the snapshot. */
  operation: string | null;
  reason: string | null;
}

export interface Run {
  id: string;
  scheduleId: string;
  scheduledFor: Date;
  state: RunState;
  missedRuns: number;
  reason: string | null;
  deletedSnapshots: string[];
  startedAt: Date;
  finishedAt: Date | null;
  machines: RunMachine[];
}

/** Labels select as in Kubernetes: all must match, and none at all match every machine. */
export const selects = ({ matchLabels }: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value);

/** How a run ended, from how its machines fared; skipped machines are no failure of their own. */
export function endOf(machines: readonly Pick<RunMachine, 'state'>[]): RunState {
  const good = machines.filter(({ state }) => state === 'SUCCEEDED').length;
  if (good === machines.length) return 'SUCCEEDED';
  if (good > 0) return 'PARTIAL';
  return machines.some(({ state }) => state === 'FAILED') ? 'FAILED' : 'SKIPPED';
}
