/** The longest text that is taken from a guest; a path is no longer. */
const MAX_TEXT = 4096;
const MAX_ENTRIES = 1024;

/**
 * What an agent says is data of whatever type it likes: read as a text, which ends where it is too long; empty for
 * everything else. It may hold any character.
 */
export const agentText = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, MAX_TEXT).replace(/\p{Surrogate}/gu, '\ufffd') : '';

/** Zero for what is no number of bytes or seconds. */
export const agentNumber = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : 0;

export function agentRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The objects of a list, as far as it is not endless. */
export const agentRecords = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.slice(0, MAX_ENTRIES).map(agentRecord) : [];
