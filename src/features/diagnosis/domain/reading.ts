import type { ObjectRef } from './cause.js';
import type { SeenCondition, SeenEvent, Situation } from './observed.js';

export const conditionOf = (
  conditions: readonly SeenCondition[] | undefined,
  type: string,
): SeenCondition | undefined => conditions?.find((one) => one.type === type);

export const isTrue = (conditions: readonly SeenCondition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === 'True';

export const ref = (kind: string, { name }: { name: string }): ObjectRef => ({ kind, name });
export const machineRef = ({ machine }: Situation): ObjectRef => ref('VirtualMachine', machine);
export const instanceRef = ({ machine }: Situation): ObjectRef => ref('VirtualMachineInstance', machine);

/** The cluster's words, as a sentence of a detail. */
export const says = (who: string, words: string): string => (words === '' ? '' : `${who} says: ${words}`);

export const ageMs = (since: string | null, now: Date): number => {
  const begun = since === null ? Number.NaN : Date.parse(since);
  return Number.isNaN(begun) ? 0 : now.getTime() - begun;
};

/** What is told for long is history: an event counts while it is repeated. */
const RECENT_MS = 10 * 60_000;

export const recentWarning = ({ events, now }: Situation, reasons: RegExp): SeenEvent | undefined =>
  events.find(
    ({ warning, reason, lastAt }) => warning && reasons.test(reason) && ageMs(lastAt, now) < RECENT_MS,
  );
