import { parseBytes } from '../../../kernel/quantity.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { DATA_VOLUME, EVENT, NODE, PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import type { SeenClaim, SeenEvent, SeenNode, SeenVolume } from '../domain/observed.js';
import { conditionsOf, identity, lifetime, message, record, text, time } from './cluster-reading.js';

export const CLAIMS: ViewDefinition<SeenClaim> = { kind: PERSISTENT_VOLUME_CLAIM, project: observeClaim };
export const VOLUMES: ViewDefinition<SeenVolume> = {
  kind: DATA_VOLUME,
  project: observeVolume,
  optional: true,
};
export const NODES: ViewDefinition<SeenNode> = { kind: NODE, project: observeNode };
export const EVENTS: ViewDefinition<SeenEvent> = {
  kind: EVENT,
  project: observeEvent,
  indexes: { about: ({ namespace, kind, about }) => [`${namespace}/${kind}/${about}`] },
};

export function observeClaim(object: KubeObject): SeenClaim {
  const spec = record(object.spec);
  const status = record(object.status);
  const [wanted, there] = [record(record(spec.resources).requests).storage, record(status.capacity).storage];
  const bytes = (value: unknown) => (typeof value === 'string' ? parseBytes(value) : null);
  const [more, less] = [bytes(wanted), bytes(there)];
  return {
    ...identity(object),
    ...lifetime(object),
    phase: text(status.phase, 32) || 'Pending',
    storageClass: text(spec.storageClassName) || null,
    accessModes: Array.isArray(spec.accessModes)
      ? spec.accessModes.slice(0, 4).map((one) => text(one, 32))
      : [],
    conditions: conditionsOf(status.conditions),
    grows: more !== null && less !== null && more > less,
  };
}

export function observeVolume(object: KubeObject): SeenVolume {
  const status = record(object.status);
  const conditions = conditionsOf(status.conditions);
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text(status.progress, 16))?.[1];
  return {
    ...identity(object),
    createdAt: time(object.metadata.creationTimestamp) ?? '',
    phase: text(status.phase, 64) || 'Pending',
    progress: percent === undefined ? null : Math.min(100, Number(percent)),
    restarts: Number(status.restartCount ?? 0) || 0,
    running: conditions.find(({ type }) => type === 'Running') ?? null,
    bound: conditions.find(({ type }) => type === 'Bound') ?? null,
  };
}

export function observeNode(object: KubeObject): SeenNode {
  const conditions = conditionsOf(record(object.status).conditions);
  return {
    ...identity(object),
    schedulable: record(object.spec).unschedulable !== true,
    ready: conditions.find(({ type }) => type === 'Ready') ?? null,
    pressure: conditions.filter(
      ({ type, status }) => status === 'True' && /Pressure$|Unavailable$/.test(type),
    ),
  };
}

const KINDS = new Set([
  'VirtualMachine',
  'VirtualMachineInstance',
  'Pod',
  'DataVolume',
  'PersistentVolumeClaim',
]);

/** Both the old and the events.k8s.io way of telling times. */
export function observeEvent(object: KubeObject): SeenEvent | null {
  const event = object as unknown as Record<string, unknown>;
  const involved = record(event.involvedObject);
  const kind = text(involved.kind, 64);
  if (!KINDS.has(kind)) return null;
  const series = record(event.series);
  return {
    ...identity(object),
    kind,
    about: text(involved.name),
    warning: event.type === 'Warning',
    reason: text(event.reason, 128),
    message: message(event.message),
    count: Number(series.count ?? event.count ?? 1) || 1,
    lastAt:
      time(series.lastObservedTime) ??
      time(event.lastTimestamp) ??
      time(event.eventTime) ??
      time(object.metadata.creationTimestamp) ??
      '',
  };
}
