import { CAUSE_CODES } from './catalogue.js';
import { CAUSE_STATES, type Cause, causeOf, type Finding, SEVERITIES } from './cause.js';
import { diskCause } from './disk-causes.js';
import {
  evacuating,
  frozen,
  migration,
  noAgent,
  notMigratable,
  notSynchronized,
  paused,
  podEnded,
  starting,
  stopping,
  unhealthy,
  unknownPhase,
} from './instance-causes.js';
import {
  crashLoop,
  deletion,
  instanceTypeUnknown,
  locked,
  notCreated,
  off,
  recoveryNeeded,
  restarted,
  restartRequired,
} from './machine-causes.js';
import { nodeClosed, nodeLost, nodePressure } from './node-causes.js';
import type { Situation } from './observed.js';
import {
  claimMissing,
  imagePull,
  notMounted,
  podRefused,
  secretMissing,
  unschedulable,
} from './scheduling-causes.js';

/**
 * `failing`: something keeps it from being what it is meant to be; `attention`: it is what it is meant to be, and somebody
 * should look; `in_progress`: it may get there by itself; `fine` otherwise.
 */
export const DIAGNOSIS_STATES = ['failing', 'attention', 'in_progress', 'fine'] as const;
export type DiagnosisState = (typeof DIAGNOSIS_STATES)[number];

export interface Diagnosis {
  state: DiagnosisState;
  /** One sentence for a list. */
  summary: string;
  /** The worst first. */
  causes: Cause[];
  observedAt: string;
}

type Rule = (situation: Situation) => Finding | Finding[] | undefined;

const RULES: readonly Rule[] = [
  deletion,
  instanceTypeUnknown,
  notCreated,
  recoveryNeeded,
  crashLoop,
  restarted,
  locked,
  restartRequired,
  unschedulable,
  podRefused,
  imagePull,
  claimMissing,
  secretMissing,
  notMounted,
  paused,
  frozen,
  podEnded,
  notSynchronized,
  unhealthy,
  unknownPhase,
  migration,
  evacuating,
  stopping,
  notMigratable,
  noAgent,
  nodeLost,
  nodePressure,
  nodeClosed,
];

/** Why the machine is as it is. Pure: all that is known of it is in the situation. */
export function diagnose(situation: Situation): Diagnosis {
  const { now } = situation;
  const findings = RULES.flatMap((rule) => rule(situation) ?? []);
  findings.push(...situation.disks.flatMap((disk) => diskCause(disk, situation) ?? []));
  const causes = findings.map((finding) => causeOf(finding, now));
  // What explains nothing is told only where nothing else explains why it does not run.
  const last = starting(situation) ?? off(situation);
  const explained = causes.some(
    ({ severity, state }) =>
      (severity === 'error' && state === 'failing') ||
      (state === 'in_progress' && last?.code === 'instance.stuck_starting'),
  );
  if (last && !explained) causes.push(causeOf(last, now));
  causes.sort(byRank);
  return { state: stateOf(causes), summary: summaryOf(causes), causes, observedAt: now.toISOString() };
}

const rank = new Map(CAUSE_CODES.map((code, index) => [code, index]));

function byRank(one: Cause, other: Cause): number {
  return (
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    CAUSE_STATES.indexOf(one.state) - CAUSE_STATES.indexOf(other.state) ||
    (rank.get(one.code) ?? 0) - (rank.get(other.code) ?? 0)
  );
}

function stateOf(causes: readonly Cause[]): DiagnosisState {
  const lasting = causes.filter(({ state }) => state === 'failing');
  if (lasting.some(({ severity }) => severity === 'error')) return 'failing';
  if (lasting.length > 0) return 'attention';
  return causes.some(({ state }) => state === 'in_progress') ? 'in_progress' : 'fine';
}

function summaryOf([worst]: readonly Cause[]): string {
  return worst?.summary ?? 'Nothing is wrong.';
}
