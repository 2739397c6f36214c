/**
 * Text that comes from a guest or from an object that others may write: on one line, without control characters or
 * bidirectional overrides, and cut. What a list shows must not be steered by what runs inside.
 */
export function cappedText(value: unknown, max = 256): string | null {
  if (typeof value !== 'string') return null;
  const text = value
    .slice(0, max * 2)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .slice(0, max)
    // Half of a pair is no text, wherever it was cut.
    .replace(/\p{Surrogate}/gu, '');
  return text === '' ? null : text;
}
