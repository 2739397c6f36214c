const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 };
const MIN_SECONDS = 10;
const MAX_SECONDS = 24 * 3600;

/** Seconds of "90s", "5m" or "1h", from 10 s to 24 h; null where it is none of them. */
export function deadlineSeconds(text: string): number | null {
  const match = /^(\d{1,6})(s|m|h)$/.exec(text);
  if (!match) return null;
  const seconds = Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
  return seconds >= MIN_SECONDS && seconds <= MAX_SECONDS ? seconds : null;
}
