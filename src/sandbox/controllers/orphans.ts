import type { NodeDriver } from '../nodes/node-driver.js';
import type { ObjectStore } from '../store/object-store.js';
import type { DiskWork } from './disk-work.js';
import type { GuestWork } from './guest-work.js';
import type { SandboxLogger } from './process-context.js';
import { CLAIMS, VM_SNAPSHOT_CONTENTS, VMIS, VOLUME_SNAPSHOTS } from './reconciliation.js';
import type { SnapshotWork } from './snapshot-work.js';
import { groupOf } from './volume-snapshot.js';

interface Rooms {
  store: ObjectStore;
  driver: NodeDriver;
  guests: GuestWork;
  disks: DiskWork;
  snapshots: SnapshotWork;
  logger: SandboxLogger;
}

/** Ends guests and removes images that no object stands for: what was left when finalizers were torn off. */
export async function endOrphans({ store, driver, guests, disks, snapshots, logger }: Rooms): Promise<void> {
  const instances = new Set(store.list(VMIS).map((vmi) => vmi.metadata.uid));
  for (const { uid } of driver.list()) {
    if (instances.has(uid)) continue;
    logger.warn({ guest: uid }, 'ending a guest that no instance stands for');
    await guests.end(uid);
  }
  const claims = new Map(store.list(CLAIMS).map((claim) => [claim.metadata.uid, claim]));
  for (const claimUid of await disks.claimsWithImages()) {
    if (claims.has(claimUid)) continue;
    logger.warn({ claim: claimUid }, 'removing a disk image that no claim stands for');
    disks.discard(claimUid);
  }
  const contents = store.list(VM_SNAPSHOT_CONTENTS).map(({ metadata }) => metadata.uid);
  const groups = new Set([...contents, ...store.list(VOLUME_SNAPSHOTS).map(groupOf)]);
  for (const group of await snapshots.groups()) {
    if (groups.has(group)) continue;
    logger.warn({ group }, 'removing disk copies that no VolumeSnapshot stands for');
    await snapshots.discard(group);
  }
}

/** The same, as objects go while the sandbox runs. Gives the way to stop. */
export function watchForOrphans(rooms: Rooms): () => void {
  const { store, guests, disks, snapshots, logger } = rooms;
  return store.subscribe((event) => {
    if (event.type !== 'DELETED') return;
    const { uid } = event.object.metadata;
    if (event.resource === CLAIMS && disks.state(uid).state !== 'absent') disks.discard(uid);
    if (event.resource === VOLUME_SNAPSHOTS) {
      snapshots.run({ do: 'drop', group: groupOf(event.object), snapshotUid: uid });
    }
    if (event.resource === VMIS && guests.observe(uid)) {
      guests
        .end(uid)
        .catch((error) => logger.error({ guest: uid, err: String(error) }, 'a guest did not end'));
    }
  });
}
