import type { Untyped } from '../store/kube-object.js';
import { quantityBytes } from './quantity.js';
import { KUBEVIRTS, type World } from './reconciliation.js';

const GI = 1024n ** 3n;
const BLOCK = 2n * 1024n ** 2n;
/** KubeVirt's own: four times what a machine starts with, and never more vCPUs than this. */
const RATIO = 4;
const MOST_VCPUS = 512;

const configurationOf = (world: Pick<World, 'list'>): Untyped => world.list(KUBEVIRTS)[0]?.spec ?? {};

/** Whether changes of a machine reach its running guest at all: the default since KubeVirt 1.6. */
export function isLiveUpdate(world: Pick<World, 'list'>): boolean {
  return (configurationOf(world).configuration?.vmRolloutStrategy ?? 'LiveUpdate') === 'LiveUpdate';
}

/** Whether guests are moved so that a change reaches them. */
export function movesWorkloads(world: Pick<World, 'list'>): boolean {
  return (configurationOf(world).workloadUpdateStrategy?.workloadUpdateMethods ?? []).includes('LiveMigrate');
}

/**
 * Room to grow while the guest runs, as virt-controller gives it at a start: sockets, and memory where the guest has
 * 1 GiB or more. Changes the given spec.
 * @see KubeVirt pkg/defaults, SetupCPUHotplug and SetupMemoryHotplug
 */
export function giveRoom(spec: Untyped, world: Pick<World, 'list'>): void {
  if (!isLiveUpdate(world)) return;
  const live = configurationOf(world).configuration?.liveUpdateConfiguration ?? {};
  const { cpu, memory } = spec.domain;
  const { sockets = 1, cores = 1, threads = 1 } = cpu;
  if (!cpu.maxSockets) {
    const wanted = live.maxCpuSockets ?? sockets * (live.maxHotplugRatio ?? RATIO);
    const most = Math.floor(MOST_VCPUS / (cores * threads));
    cpu.maxSockets = Math.max(sockets, Math.min(wanted, most));
  }
  const guest = quantityBytes(memory?.guest);
  if (guest === undefined || memory.maxGuest || memory.hugepages || guest < GI || guest % BLOCK !== 0n)
    return;
  memory.maxGuest = live.maxGuest ?? String(guest * BigInt(live.maxHotplugRatio ?? RATIO));
}
