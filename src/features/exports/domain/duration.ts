const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const PATTERN = /^(?:\d{1,6}[smhd])+$/;

/** Seconds of "90s", "15m", "1h30m" or "2d"; null where the text is none. */
export function parseDuration(text: string): number | null {
  if (!PATTERN.test(text)) return null;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhd])/g)) {
    seconds += Number(count) * (UNITS[unit as string] as number);
  }
  return seconds;
}

/** As Go reads it, and Kubernetes with it: it knows no days. */
export function goDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${rest || seconds === 0 ? `${rest}s` : ''}`;
}

/** Seconds of what Kubernetes writes ("2h0m0s"); null where it is none. */
export function fromGoDuration(text: string): number | null {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)(?:\.\d+)?s)?$/.exec(text);
  if (!match || text === '') return null;
  const [, hours = 0, minutes = 0, seconds = 0] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
