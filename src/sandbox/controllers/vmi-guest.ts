import { FORCED_OFF, type GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { driveCredentials } from './access-credentials.js';
import { MissingSecret } from './cloud-init.js';
import { guestSpecOf } from './guest-spec.js';
import { driveHotplug } from './hotplug.js';
import { isMigrating } from './migration-state.js';
import type { Change, World } from './reconciliation.js';
import { UselessSysprep } from './sysprep.js';
import { driveCards } from './vmi-cards.js';
import { driveGrowth } from './vmi-growth.js';
import { driveMigration, failed as migrationFailed } from './vmi-migration.js';
import { dropCondition, reportGuest, setCondition, withPhase } from './vmi-status.js';

const COMPONENT = 'virt-handler';
const RETRY_MS = 5_000;

export function guestEvent(
  vmi: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Change {
  return { kind: 'event', regarding: vmi, type, reason, message, component: COMPONENT };
}

export function isActive(guest: GuestObservation | undefined): boolean {
  return guest?.state === 'starting' || guest?.state === 'running' || guest?.state === 'paused';
}

interface Driven {
  status: Untyped;
  changes: Change[];
  requeueAfterMs?: number;
}

/** virt-handler's part: boots the guest of a scheduled instance and reports what becomes of it. */
export function driveGuest(status: Untyped, vmi: KubeObject, pod: KubeObject, world: World): Driven {
  const guest = world.guest(vmi.metadata.uid);
  if (!guest && status.phase === 'Scheduled') return boot(status, vmi, world);
  if (guest?.state === 'starting') return { status, changes: [] };
  if (guest && isActive(guest)) {
    const changes =
      status.phase === 'Running'
        ? []
        : [
            guestEvent(vmi, 'Normal', 'Created', 'VirtualMachineInstance defined.'),
            guestEvent(vmi, 'Normal', 'Started', 'VirtualMachineInstance started.'),
          ];
    const next = withPhase(status, 'Running', world.now);
    dropCondition(next, 'Synchronized');
    reportGuest(next, vmi, guest, pod, world);
    changes.push(...driveMigration(next, vmi, guest, world));
    // What moves is not changed: disks and keys wait until it has arrived.
    if (isMigrating({ ...vmi, status: next })) return { status: next, changes };
    const hotplug = driveHotplug(next, vmi, pod, guest, world);
    const credentials = driveCredentials(next, vmi, guest, world);
    const cards = driveCards(vmi, guest, world);
    const growth = driveGrowth(next, vmi, guest, world);
    const parts = [hotplug, credentials, cards, growth];
    changes.push(...parts.flatMap((part) => part.changes));
    const waits = parts.flatMap(({ requeueAfterMs }) => requeueAfterMs ?? []);
    return { status: next, changes, ...(waits.length > 0 && { requeueAfterMs: Math.min(...waits) }) };
  }
  return ended(status, vmi, guest, world);
}

function boot(status: Untyped, vmi: KubeObject, world: World): Driven {
  const refused = world.startError(vmi.metadata.uid);
  if (refused) {
    const message = `server error. command SyncVMI failed: ${refused.message}`;
    setCondition(
      status,
      {
        type: 'Synchronized',
        status: 'False',
        reason: 'Synchronizing with the Domain failed.',
        message,
      },
      world.now,
    );
    const waitMs = refused.retryAt.getTime() - world.now.getTime();
    if (waitMs > 0) {
      return { status, changes: [guestEvent(vmi, 'Warning', 'SyncFailed', message)], requeueAfterMs: waitMs };
    }
  }
  try {
    const spec = guestSpecOf(vmi, status.nodeName, world);
    return { status, changes: [{ kind: 'guest', command: { do: 'start', spec } }] };
  } catch (error) {
    if (!(error instanceof MissingSecret || error instanceof UselessSysprep)) throw error;
    const reason =
      error instanceof MissingSecret ? 'FailedSecretNotFound' : 'Synchronizing with the Domain failed.';
    setCondition(
      status,
      { type: 'Synchronized', status: 'False', reason, message: error.message },
      world.now,
    );
    return {
      status,
      changes: [guestEvent(vmi, 'Warning', 'SyncFailed', error.message)],
      requeueAfterMs: RETRY_MS,
    };
  }
}

function ended(status: Untyped, vmi: KubeObject, guest: GuestObservation | undefined, world: World): Driven {
  dropCondition(status, 'Paused');
  dropCondition(status, 'AgentConnected');
  const moved = isMigrating({ ...vmi, status })
    ? migrationFailed(status, vmi, guest?.reason ?? 'The guest is gone', 'failed', world)
    : [];
  // Whose plug was pulled since it did not hear its button has not ended well (virt-handler, calculateVmPhaseForStatusReason).
  if (guest?.state === 'shutdown' && !guest.reason?.startsWith(FORCED_OFF)) {
    return {
      status: withPhase(status, 'Succeeded', world.now),
      changes: [...moved, guestEvent(vmi, 'Normal', 'Stopped', 'The VirtualMachineInstance was shut down.')],
    };
  }
  const why = guest?.reason ? ` (${guest.reason})` : '';
  return {
    status: withPhase(status, 'Failed', world.now),
    changes: [...moved, guestEvent(vmi, 'Warning', 'Stopped', `The VirtualMachineInstance crashed.${why}`)],
  };
}
