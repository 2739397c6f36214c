import { expiryInvalid } from './access-failures.js';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
export const LONGEST_LIFETIME_MS = 365 * UNIT_MS.d;

/** Milliseconds of "30m", "12h", "90d"; throws token.expiry_invalid outside of one minute to 365 days. */
export function lifetimeMs(text: string): number {
  const match = /^(\d{1,6})([mhd])$/.exec(text);
  const milliseconds = match ? Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS] : 0;
  if (milliseconds < UNIT_MS.m || milliseconds > LONGEST_LIFETIME_MS) {
    throw expiryInvalid(`"${text.slice(0, 20)}" is no lifetime from "1m" to "365d".`, {
      errors: [
        { pointer: '/expiresIn', code: 'token.expiry_invalid', message: 'Must be from "1m" to "365d".' },
      ],
    });
  }
  return milliseconds;
}
