import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { Keyed } from '../../../platform/cluster/cluster-cache.js';

// Objects of the cluster are read, not trusted: what is absent or of another type reads as empty.

export type Fields = Record<string, unknown>;

export const record = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const records = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(record) : []);
export const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, 253) : null;
export const integer = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;

export const identity = ({ metadata }: KubeObject): Keyed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});
