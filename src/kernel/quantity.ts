/**
 * Kubernetes resource quantities ("4Gi", "500m", "1.5G"), kept exact in thousandths.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const DECIMAL: Record<string, bigint> = {
  m: 1n,
  '': 1000n,
  k: 1000n ** 2n,
  M: 1000n ** 3n,
  G: 1000n ** 4n,
  T: 1000n ** 5n,
  P: 1000n ** 6n,
  E: 1000n ** 7n,
};
const PATTERN = /^(\d{1,18})(?:\.(\d{1,9}))?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d{1,2})?$/;

/** Thousandths of the unit; null where the text is no quantity or is negative. */
export function parseMilli(text: string): bigint | null {
  const match = PATTERN.exec(text);
  if (!match) return null;
  const [, whole = '', fraction = '', suffix = ''] = match;
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(fraction.length);
  const factor = factorOf(suffix);
  if (factor === null) return null;
  const { up, down } = factor;
  // Kubernetes rounds up what is finer than it can keep.
  const numerator = digits * up;
  const denominator = scale * down;
  return (numerator + denominator - 1n) / denominator;
}

function factorOf(suffix: string): { up: bigint; down: bigint } | null {
  const power = BINARY.indexOf(suffix as (typeof BINARY)[number]);
  if (power > 0) return { up: 1000n * 1024n ** BigInt(power), down: 1n };
  if (/^[eE]/.test(suffix) && suffix.length > 1) {
    const exponent = Number(suffix.slice(1));
    return exponent >= 0
      ? { up: 1000n * 10n ** BigInt(exponent), down: 1n }
      : { up: 1000n, down: 10n ** BigInt(-exponent) };
  }
  const up = DECIMAL[suffix];
  return up === undefined ? null : { up, down: 1n };
}

/** Whole units (bytes, cores), rounded up; null where the text is no quantity. */
export function parseBytes(text: string): bigint | null {
  const milli = parseMilli(text);
  return milli === null ? null : (milli + 999n) / 1000n;
}

/** The shortest exact binary form: 4294967296 -> "4Gi", 1000 -> "1000". */
export function formatBytes(bytes: bigint): string {
  let value = bytes;
  let power = 0;
  while (power < BINARY.length - 1 && value !== 0n && value % 1024n === 0n) {
    value /= 1024n;
    power += 1;
  }
  return `${value}${BINARY[power]}`;
}

/** The canonical text of a byte quantity; null where the text is no quantity. */
export function canonicalBytes(text: string): string | null {
  const bytes = parseBytes(text);
  return bytes === null ? null : formatBytes(bytes);
}
