import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { SeenCondition } from '../domain/observed.js';

/** Objects of the cluster are read, not trusted: what is absent or of another type reads as empty. */
export type Fields = Record<string, unknown>;

const MAX_PARTS = 64;
const MAX_MESSAGE = 1024;

export const record = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const records = (value: unknown): Fields[] =>
  Array.isArray(value) ? value.slice(0, MAX_PARTS).map(record) : [];
export const text = (value: unknown, max = 253): string => cappedText(value, max) ?? '';
export const message = (value: unknown): string => text(value, MAX_MESSAGE);

export const time = (value: unknown): string | null =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : null;

export const identity = ({ metadata }: KubeObject) => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

export const lifetime = ({ metadata }: KubeObject) => ({
  createdAt: time(metadata.creationTimestamp) ?? '',
  deletingSince: time(metadata.deletionTimestamp),
});

/** When it changed where that was written down; CDI and KubeVirt write heartbeats beside it. */
export const conditionsOf = (value: unknown): SeenCondition[] =>
  records(value).map((one) => ({
    type: text(one.type, 128),
    status: text(one.status, 16),
    reason: text(one.reason, 128),
    message: message(one.message),
    since: time(one.lastTransitionTime) ?? time(one.lastProbeTime),
  }));
