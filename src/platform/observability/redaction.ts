const SECRET =
  /^(authorization|cookie|set-cookie|token|secret|password|passwd|user-?data|ticket|private-?key|client-?secret|api-?key|(access|refresh|id)[-_]?token)$/i;
/** Our own tokens, and anything after "Bearer", wherever they stand in a sentence. */
const TOKENS = /vgt_[A-Za-z0-9_-]+|(?<=\bBearer\s+)[A-Za-z0-9._~+/=-]+/g;
const MASK = '[redacted]';
const DEPTH = 6;

/** A copy that is fit for a log: fields with a secret's name, and tokens in any text, are masked. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replace(TOKENS, MASK);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH) return '[deep]';
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((one) => redact(one, depth + 1));
  if (value instanceof Error) return redactError(value, depth);
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, SECRET.test(key) ? MASK : redact(field, depth + 1)]),
  );
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: error.constructor.name,
    message: redact(error.message),
    ...(code === undefined ? {} : { code }),
    stack: redact(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
