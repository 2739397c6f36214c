/** An amount in thousandths, with the way it was spelled: binary (Gi), or decimal (G, m). */
export interface Amount {
  milli: bigint;
  binary: boolean;
}

export const ZERO: Amount = { milli: 0n, binary: false };

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['k', 'M', 'G', 'T', 'P', 'E'];
const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

/** Reads a Kubernetes quantity, rounding up to a thousandth; undefined for what is none. */
export function parseAmount(text: unknown): Amount | undefined {
  const match = QUANTITY.exec(String(text ?? ''));
  if (!match || (!match[2] && !match[3])) return undefined;
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = match;
  const binaryPower = BINARY.indexOf(suffix) + 1;
  const decimalPower = suffix === '' ? 0 : (DECIMAL.indexOf(suffix) + 1) * 3;
  const small = { n: -9, u: -6, m: -3 }[suffix] ?? 0;
  let numerator = BigInt(`${whole}${fraction}` || '0') * 1000n;
  let denominator = 10n ** BigInt(fraction.length);
  const power = decimalPower + small + Number(exponent ?? 0);
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  numerator *= 1024n ** BigInt(binaryPower);
  const milli = (numerator + denominator - 1n) / denominator;
  return { milli: sign === '-' ? -milli : milli, binary: binaryPower > 0 };
}

export const add = (left: Amount, right: Amount): Amount => ({
  milli: left.milli + right.milli,
  binary: left.milli === 0n ? right.binary : left.binary,
});

/** The canonical spelling: the largest suffix that leaves a whole number. */
export function formatAmount({ milli, binary }: Amount): string {
  if (milli % 1000n !== 0n) return `${milli}m`;
  let value = milli / 1000n;
  if (value === 0n) return '0';
  const [step, suffixes] = binary ? [1024n, BINARY] : [1000n, DECIMAL];
  let power = 0;
  while (power < suffixes.length && value % step === 0n) {
    value /= step;
    power++;
  }
  return `${value}${power === 0 ? '' : suffixes[power - 1]}`;
}
