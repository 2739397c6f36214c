import type { GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { guestCard } from './guest-spec.js';
import { type Change, NETWORK_DEFINITIONS, type World } from './reconciliation.js';
import { isAbsent, secondaryNetwork } from './secondary-networks.js';

const RETRY_MS = 5_000;

/**
 * The part of KubeVirt and of the dynamic networks controller for interfaces that come and go while a guest runs: into
 * the pod and into the guest at once, without a move to another node.
 */
export function driveCards(
  vmi: KubeObject,
  guest: GuestObservation,
  world: World,
): { changes: Change[]; requeueAfterMs?: number } {
  const { uid, namespace } = vmi.metadata;
  const cards = new Set(guest.cards);
  const changes: Change[] = [];
  let waits = false;
  for (const one of vmi.spec.domain.devices.interfaces ?? []) {
    const network = secondaryNetwork(vmi.spec, one.name, namespace);
    if (network === undefined || cards.has(one.name) === !isAbsent(one)) continue;
    waits = true;
    const failed = world.plugError(uid, key(one));
    if ((failed && failed.retryAt > world.now) || (!isAbsent(one) && !isDefined(network, world))) continue;
    changes.push({
      kind: 'guest',
      command: isAbsent(one)
        ? { do: 'unplug-card', uid, name: one.name }
        : { do: 'plug-card', uid, card: guestCard(vmi, one) },
    });
  }
  return { changes, requeueAfterMs: waits ? RETRY_MS : undefined };
}

const key = ({ name }: Untyped) => `card ${name}`;

function isDefined(network: string, world: World): boolean {
  const [namespace, name = ''] = network.split('/');
  return world.get(NETWORK_DEFINITIONS, namespace, name) !== undefined;
}
