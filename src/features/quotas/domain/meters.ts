import { formatBytes, parseBytes } from '../../../kernel/quantity.js';

/** What is limited. `memory`, `storage` and `snapshotBytes` are bytes, as guests see them; the others are counted. */
export const RESOURCES = [
  'vms',
  'runningVms',
  'vcpus',
  'memory',
  'storage',
  'disks',
  'snapshots',
  'snapshotBytes',
  'exports',
  'images',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** A resource, or the storage of one class: `storage/<class>`. */
export type Meter = Resource | `storage/${string}`;

const BYTES: ReadonlySet<string> = new Set(['memory', 'storage', 'snapshotBytes']);

export const isBytes = (meter: string): boolean => BYTES.has(meter) || meter.startsWith('storage/');

export const classMeter = (storageClass: string): Meter => `storage/${storageClass}`;

/** Undefined for a meter that is no storage class's. */
export const classOf = (meter: string): string | undefined =>
  meter.startsWith('storage/') ? meter.slice('storage/'.length) : undefined;

/** As clients see it: a number, or a canonical quantity. */
export const shown = (meter: string, amount: bigint): number | string =>
  isBytes(meter) ? formatBytes(amount) : Number(amount);

export const MOST_COUNTED = 1_000_000_000n;
export const MOST_BYTES = 2n ** 62n;

/** Null where the value is no amount of this meter. */
export function amountOf(meter: string, value: unknown): bigint | null {
  if (!isBytes(meter)) {
    return Number.isSafeInteger(value) && (value as number) >= 0 && BigInt(value as number) <= MOST_COUNTED
      ? BigInt(value as number)
      : null;
  }
  const bytes = typeof value === 'string' ? parseBytes(value) : null;
  return bytes !== null && bytes <= MOST_BYTES ? bytes : null;
}

/** What some objects amount to, one number for each resource. */
export type Amounts = Record<Resource, bigint>;

export const noAmounts = (): Amounts =>
  Object.fromEntries(RESOURCES.map((resource) => [resource, 0n])) as Amounts;

/** By meter; a meter that is absent stands at 0. */
export type Tally = Readonly<Partial<Record<string, bigint>>>;

/** Math.min takes no bigints. */
export function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function greater(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
