import { amountOf, classMeter, type Meter, RESOURCES, shown } from './meters.js';

/** By meter. Null: expressly no limit. Absent: whatever is the default. */
export type Limits = Readonly<Partial<Record<string, bigint | null>>>;

/** As they are stored: amounts as decimal text. */
export type StoredLimits = Record<string, string | null>;

/** As clients write them. */
export interface LimitsBody {
  [resource: string]: unknown;
  storageClasses?: Record<string, unknown> | null;
}

const STORAGE_CLASS = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const MOST_CLASSES = 64;

export interface LimitProblem {
  pointer: string;
  message: string;
}

/** Reads limits as clients write them. What is wrong is told field by field. */
export function readLimits(body: LimitsBody): { limits: Limits; problems: LimitProblem[] } {
  const limits: Record<string, bigint | null> = {};
  const problems: LimitProblem[] = [];
  const take = (meter: Meter, value: unknown, pointer: string) => {
    if (value === undefined) return;
    const amount = value === null ? null : amountOf(meter, value);
    if (value !== null && amount === null) {
      const form = typeof shown(meter, 0n) === 'string' ? 'a quantity such as "64Gi"' : 'a whole number';
      problems.push({ pointer, message: `must be ${form}, or null for no limit.` });
      return;
    }
    limits[meter] = amount;
  };
  for (const resource of RESOURCES) take(resource, body[resource], `/${resource}`);
  const classes = Object.entries(body.storageClasses ?? {});
  if (classes.length > MOST_CLASSES) {
    problems.push({ pointer: '/storageClasses', message: `has more than ${MOST_CLASSES} entries.` });
  }
  for (const [name, value] of classes.slice(0, MOST_CLASSES)) {
    const pointer = `/storageClasses/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`.slice(0, 300);
    if (STORAGE_CLASS.test(name)) take(classMeter(name), value, pointer);
    else problems.push({ pointer, message: 'is no name of a storage class.' });
  }
  return { limits, problems };
}

export const toStored = (limits: Limits): StoredLimits =>
  Object.fromEntries(Object.entries(limits).map(([meter, limit]) => [meter, limit?.toString() ?? null]));

export const fromStored = (stored: StoredLimits): Limits =>
  Object.fromEntries(
    Object.entries(stored).map(([meter, limit]) => [meter, limit === null ? null : BigInt(limit)]),
  );

/** As clients see them: the form that `readLimits` reads. */
export function showLimits(limits: Limits): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const storageClasses: Record<string, unknown> = {};
  for (const [meter, limit] of Object.entries(limits)) {
    if (limit === undefined) continue;
    const value = limit === null ? null : shown(meter, limit);
    if (meter.startsWith('storage/')) storageClasses[meter.slice('storage/'.length)] = value;
    else body[meter] = value;
  }
  return Object.keys(storageClasses).length > 0 ? { ...body, storageClasses } : body;
}

/** The limits that hold: of several layers the first that says anything of a meter. Null ones are left out. */
export function effective(...layers: readonly Limits[]): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint | null>();
  for (const layer of layers) {
    for (const [meter, limit] of Object.entries(layer)) {
      if (limit !== undefined && !found.has(meter)) found.set(meter, limit);
    }
  }
  return new Map([...found].filter((entry): entry is [string, bigint] => entry[1] !== null));
}
