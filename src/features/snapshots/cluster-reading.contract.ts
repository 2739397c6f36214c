import { type CreatedBy, formatCreatedBy } from '../../kernel/created-by.js';
import type { KubeObject } from '../../kubevirt-types/kube-object.js';

// Objects of the cluster are read, not trusted: what is absent or of another type reads as empty.

export const ANNOTATION = {
  requestId: 'virtgate.io/request-id',
  operationId: 'virtgate.io/operation-id',
  createdBy: 'virtgate.io/created-by',
  displayName: 'virtgate.io/display-name',
} as const;

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

const MAX_PARTS = 128;
export const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.slice(0, MAX_PARTS).map(record) : [];

/** On one line, without control characters or bidirectional overrides, and cut; null where nothing is left. */
export function text(value: unknown, max = 253): string | null {
  if (typeof value !== 'string') return null;
  const clean = value
    .slice(0, max * 2)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .slice(0, max);
  return clean === '' ? null : clean;
}

export const texts = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.slice(0, MAX_PARTS).flatMap((one) => {
        const clean = text(one);
        return clean === null ? [] : [clean];
      })
    : [];

export const identity = ({ metadata }: KubeObject) => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

/** A condition that is True: its message, else its reason, else its type; null where it is not True. */
export function saidBy(conditions: unknown, type: string): string | null {
  const found = records(conditions).find((one) => one.type === type && one.status === 'True');
  return found ? (text(found.message, 512) ?? text(found.reason, 512) ?? type) : null;
}

/** The annotations of whatever an operation makes. */
export const provenance = (from: {
  id: string;
  requestId: string;
  requestedBy: CreatedBy;
}): Record<string, string> => ({
  [ANNOTATION.operationId]: from.id,
  [ANNOTATION.requestId]: from.requestId,
  [ANNOTATION.createdBy]: formatCreatedBy(from.requestedBy),
});
