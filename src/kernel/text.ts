/**
 * Text that comes from a guest or from an object that others may write: on one line, without control characters or
 * bidirectional overrides, and cut. What a list shows must not be steered by what runs inside.
 */
export function cappedText(value: unknown, max = 256): string | null {
  if (typeof value !== 'string') return null;
  const text = value
    .slice(0, max * 2)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .slice(0, max);
  return text === '' ? null : text;
}
