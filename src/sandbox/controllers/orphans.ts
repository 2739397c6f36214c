import type { NodeDriver } from '../nodes/node-driver.js';
import type { ObjectStore } from '../store/object-store.js';
import type { DiskWork } from './disk-work.js';
import type { GuestWork } from './guest-work.js';
import type { SandboxLogger } from './process-context.js';
import { CLAIMS, VMIS } from './reconciliation.js';

interface Rooms {
  store: ObjectStore;
  driver: NodeDriver;
  guests: GuestWork;
  disks: DiskWork;
  logger: SandboxLogger;
}

/** Ends guests and removes images that no object stands for: what was left when finalizers were torn off. */
export async function endOrphans({ store, driver, guests, disks, logger }: Rooms): Promise<void> {
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
}

/** The same, as objects go while the sandbox runs. Gives the way to stop. */
export function watchForOrphans(rooms: Rooms): () => void {
  const { store, guests, disks, logger } = rooms;
  return store.subscribe((event) => {
    if (event.type !== 'DELETED') return;
    const { uid } = event.object.metadata;
    if (event.resource === CLAIMS && disks.state(uid).state !== 'absent') disks.discard(uid);
    if (event.resource === VMIS && guests.observe(uid)) {
      guests
        .end(uid)
        .catch((error) => logger.error({ guest: uid, err: String(error) }, 'a guest did not end'));
    }
  });
}
