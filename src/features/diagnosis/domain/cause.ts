import { CATALOGUE, type CauseCode } from './catalogue.js';

export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `in_progress`: it may well pass by itself; `failing`: it will not; `noted`: it is so, and nothing is wrong. */
export const CAUSE_STATES = ['failing', 'in_progress', 'noted'] as const;
export type CauseState = (typeof CAUSE_STATES)[number];

export interface ObjectRef {
  kind: string;
  name: string;
}

/** Why a machine is not as it is meant to be, or what is to be known of it. */
export interface Cause {
  code: CauseCode;
  severity: Severity;
  state: CauseState;
  /** One sentence, the same for everybody. */
  summary: string;
  /** What is so here: names, numbers, and the cluster's own words. */
  detail: string;
  whatToDo: string;
  /** RFC 3339; null where nobody wrote it down. */
  since: string | null;
  /** Of the cluster; the first is the one to look at. */
  objects: ObjectRef[];
}

/** What a rule finds. `passes`: it is underway, however long; undefined: judged by how long it has been so. */
export interface Finding {
  code: CauseCode;
  detail: string;
  since?: string | null;
  objects: ObjectRef[];
  passes?: boolean;
  /** In place of the catalogue's. */
  whatToDo?: string | null;
}

/** What the cluster takes back by itself within this time is not called a failure: conditions flap while things start. */
export const PATIENCE_MS = 45_000;

export function causeOf(finding: Finding, now: Date): Cause {
  const { severity, summary, whatToDo } = CATALOGUE[finding.code];
  const since = finding.since ?? null;
  const state = stateOf(severity, finding, now);
  return {
    code: finding.code,
    // What may pass is no error yet.
    severity: state === 'in_progress' ? 'info' : severity,
    state,
    summary,
    detail: finding.detail,
    whatToDo: finding.whatToDo ?? whatToDo,
    since,
    objects: finding.objects,
  };
}

function stateOf(severity: Severity, { passes, since }: Finding, now: Date): CauseState {
  if (passes !== undefined) return passes ? 'in_progress' : severity === 'info' ? 'noted' : 'failing';
  if (severity === 'info') return 'noted';
  const begun = since ? Date.parse(since) : Number.NaN;
  return now.getTime() - begun < PATIENCE_MS ? 'in_progress' : 'failing';
}
