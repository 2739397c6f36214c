/** KubeVirt's start makes a Halted machine Always (lifecycle.go, getRunningPatch): these would be lost by it. */
const KEPT = ['Manual', 'RerunOnFailure'] as const;
export type WantedRunStrategy = (typeof KEPT)[number];

/** What is to be remembered of a run strategy that somebody asks for; null where nothing is. */
export const wantedRunStrategy = (asked: unknown): WantedRunStrategy | null =>
  KEPT.find((strategy) => strategy === asked) ?? null;

/** What the machine is once it has been started. */
export const whenStarted = (now: string, wanted: WantedRunStrategy | null): string =>
  now === 'Halted' ? (wanted ?? 'Always') : now;
