/** Kubernetes quantities, as far as the sandbox calculates with them. */
const FACTORS: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(n|u|m|k|[MGTPE]|[KMGTPE]i))?$/;

/** The number that a quantity stands for ("4Gi", "500m", 2); undefined where it is none. */
export function quantityValue(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') return Number.isFinite(quantity) ? quantity : undefined;
  if (typeof quantity !== 'string') return undefined;
  const match = PATTERN.exec(quantity);
  if (!match) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = match;
  return Number(digits + exponent) * (FACTORS[suffix] ?? 1);
}

/** Whole bytes, rounded up as Kubernetes does; undefined where it is no quantity. */
export function quantityBytes(quantity: unknown): bigint | undefined {
  const value = quantityValue(quantity);
  return value === undefined ? undefined : BigInt(Math.ceil(value));
}

/** The shortest binary form that is exact: 4294967296n -> "4Gi". */
export function formatBytes(bytes: bigint): string {
  const suffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
  let value = bytes;
  let power = 0;
  while (power < suffixes.length - 1 && value !== 0n && value % 1024n === 0n) {
    value /= 1024n;
    power += 1;
  }
  return `${value}${suffixes[power]}`;
}
