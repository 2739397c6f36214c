import { requestInvalid } from '../../../kernel/failures.js';

const UNIT_SECONDS = { m: 60, h: 3600, d: 86_400 } as const;
const LONGEST_SECONDS = 365 * UNIT_SECONDS.d;

/** Seconds of "90m", "12h", "7d"; throws request.invalid outside of one minute to 365 days. */
export function retentionSeconds(text: string): number {
  const match = /^(\d{1,6})([mhd])$/.exec(text);
  const seconds = match ? Number(match[1]) * UNIT_SECONDS[match[2] as keyof typeof UNIT_SECONDS] : 0;
  if (seconds >= UNIT_SECONDS.m && seconds <= LONGEST_SECONDS) return seconds;
  const message = 'Must be from "1m" to "365d".';
  throw requestInvalid(message, {
    errors: [{ pointer: '/trash/retention', code: 'trash.retention', message }],
  });
}

/** The largest unit that says it in whole numbers: 604800 is "7d". */
export function retentionText(seconds: number): string {
  const unit = (['d', 'h'] as const).find((one) => seconds % UNIT_SECONDS[one] === 0) ?? 'm';
  return `${Math.round(seconds / UNIT_SECONDS[unit])}${unit}`;
}
