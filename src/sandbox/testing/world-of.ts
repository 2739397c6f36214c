import type { ProbeVerdict } from '../controllers/probe-work.js';
import type { DiskState, World } from '../controllers/reconciliation.js';
import type { SnapshotState } from '../controllers/snapshot-work.js';
import type { GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, NewObject } from '../store/kube-object.js';

export const NOW = new Date('2026-11-23T06:00:00Z');

/** An object as the store would hand it out; the uid is made of kind and name unless given. */
export function stored(object: NewObject): KubeObject {
  const { kind } = object;
  return {
    ...object,
    metadata: {
      uid: `${kind?.toLowerCase()}-${object.metadata.name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-23T05:59:00Z',
      name: '',
      ...object.metadata,
    },
  } as KubeObject;
}

export interface WorldFacts {
  /** By resource. */
  objects?: Record<string, KubeObject[]>;
  guests?: GuestObservation[];
  /** By the claim's uid; absent unless given. */
  disks?: Record<string, DiskState>;
  signalled?: Record<string, number>;
  /** By the pod's uid; absent unless given. */
  probes?: Record<string, ProbeVerdict>;
  /** By group; absent unless given. */
  snapshots?: Record<string, SnapshotState>;
  now?: Date;
}

/** What a reconcile function looks at, given as a value. */
export function worldOf({
  objects = {},
  guests = [],
  disks = {},
  signalled = {},
  probes = {},
  snapshots = {},
  now = NOW,
}: WorldFacts): World {
  return {
    now,
    get: (resource, namespace, name) =>
      objects[resource]?.find(
        ({ metadata }) =>
          metadata.name === name && (metadata.namespace ?? undefined) === (namespace || undefined),
      ),
    list: (resource, namespace) =>
      (objects[resource] ?? []).filter(({ metadata }) => !namespace || metadata.namespace === namespace),
    guest: (uid) => guests.find((guest) => guest.uid === uid),
    startError: () => undefined,
    plugError: () => undefined,
    authorized: () => undefined,
    shutdownSignalled: (uid) => signalled[uid],
    probes: (podUid) => probes[podUid],
    disk: (claimUid) => disks[claimUid] ?? { state: 'absent' },
    sourceSight: () => ({ state: 'unseen' }),
    diskPath: (claimUid) => `/disks/${claimUid}.img`,
    snapshots: (group) => snapshots[group] ?? { state: 'absent' },
    snapshotPath: (group, snapshotUid) => `/snapshots/${group}/${snapshotUid}.img`,
    hasSnapshot: (group) => snapshots[group]?.state === 'ready',
  };
}
