import type { KubeObject } from '../../../kubevirt-types/kube-object.js';

// Objects of the cluster are read, not trusted: what is absent or of another type reads as empty.

export type Fields = Record<string, unknown>;

export const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const MAX_PARTS = 64;
export const list = (value: unknown): Fields[] =>
  Array.isArray(value) ? value.slice(0, MAX_PARTS).map(fields) : [];

export const flag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

/** Not negative. */
export const whole = (value: unknown): number | null => {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : null;
};

export const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields(value))
      .slice(0, MAX_PARTS)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

export const identity = ({ metadata }: KubeObject) => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});
