const ONE_RANGE = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/;

/**
 * The Range that is asked on (RFC 9110 §14): one range of bytes, and only while `If-Range` names what we have.
 * Anything else is taken for no range, which the RFC allows: the whole is answered.
 */
export function rangeOf(
  headers: Record<string, string | string[] | undefined>,
  entityTag: string,
): string | null {
  const { range, 'if-range': condition } = headers;
  if (typeof range !== 'string' || !ONE_RANGE.test(range.trim())) return null;
  if (condition !== undefined && condition !== entityTag) return null;
  return range.trim();
}

/** The whole length in `Content-Range: bytes 0-0/4096`; null where it is not told. */
export function totalOf(contentRange: string | undefined): number | null {
  const match = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(contentRange ?? '');
  return match ? Number(match[1]) : null;
}

/** Whether `Want-Content-Digest` (RFC 9530) or its forerunner asks for a SHA-256. */
export const wantsSha256 = (headers: Record<string, string | string[] | undefined>): boolean =>
  [headers['want-content-digest'], headers['want-repr-digest'], headers['want-digest']].some(
    (wanted) => typeof wanted === 'string' && /(^|[\s,])sha-256(?!\s*[=;]\s*(q=)?0\s*(,|$))/i.test(wanted),
  );
