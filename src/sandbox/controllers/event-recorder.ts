import { createHash } from 'node:crypto';
import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { timestamp } from './conditions.js';
import type { EventFacts } from './reconciliation.js';

const EVENTS = 'events';
const KEPT_MS = 60 * 60 * 1000;

/** Records what happened; the same thing again is counted, not repeated. */
export function recordEvent(store: ObjectStore, facts: EventFacts, now: Date): void {
  const { regarding, type, reason, message, component } = facts;
  const { name, namespace, uid, resourceVersion } = regarding.metadata;
  const home = namespace ?? 'default';
  const digest = createHash('sha256')
    .update([regarding.kind, uid, type, reason, message, component].join('\0'))
    .digest('hex')
    .slice(0, 16);
  const eventName = `${name}.${digest}`;
  const present = store.get(EVENTS, home, eventName);
  const time = timestamp(now);
  if (present) {
    store.update(EVENTS, {
      ...present,
      metadata: { ...present.metadata, resourceVersion: '' },
      count: (present.count ?? 1) + 1,
      lastTimestamp: time,
    });
    return;
  }
  store.create(EVENTS, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace: home },
    involvedObject: {
      apiVersion: regarding.apiVersion,
      kind: regarding.kind,
      name,
      ...(namespace ? { namespace } : {}),
      uid,
      resourceVersion,
    },
    type,
    reason,
    message,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
    firstTimestamp: time,
    lastTimestamp: time,
    eventTime: null,
    count: 1,
  });
}

/** Events live for an hour, as on a cluster. */
export function dropOldEvents(store: ObjectStore, now: Date): void {
  const old = store
    .list(EVENTS)
    .filter((event: KubeObject) => now.getTime() - Date.parse(event.lastTimestamp ?? '') > KEPT_MS);
  for (const event of old) store.delete(EVENTS, event.metadata.namespace, event.metadata.name);
}
