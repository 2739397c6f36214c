import { DISK_FAILED, type GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { type Condition, findCondition, timestamp, withCondition, withoutCondition } from './conditions.js';
import { diskTargets, macOf } from './guest-spec.js';
import { LAUNCHER_IMAGE } from './launcher-pod.js';
import { liveMigratable } from './live-migratable.js';
import { memoryOverheadBytes } from './memory-overhead.js';
import { controllerOf } from './ownership.js';
import { formatBytes, quantityBytes } from './quantity.js';
import { CLAIMS, type World } from './reconciliation.js';
import { secondaryNetwork } from './secondary-networks.js';
import { claimNames } from './vm-data-volumes.js';
import { vmGenerationOf } from './vm-revisions.js';
import { guestMemoryBytes } from './vmi-defaults.js';
import { startRevisionName } from './vmi-from-vm.js';

export type VmiPhase = 'Pending' | 'Scheduling' | 'Scheduled' | 'Running' | 'Succeeded' | 'Failed';

/** The status that a fresh instance starts with. */
export function initialStatus(vmi: KubeObject, now: Date): Untyped {
  const guest = formatBytes(guestMemoryBytes(vmi.spec));
  const { cores = 1, sockets = 1, threads = 1 } = vmi.spec.domain.cpu ?? {};
  const owner = controllerOf(vmi, 'VirtualMachine');
  return withPhase(
    {
      ...structuredClone(vmi.status ?? {}),
      currentCPUTopology: { cores, sockets, threads },
      guestOSInfo: {},
      memory: {
        guestAtBoot: guest,
        guestCurrent: guest,
        guestRequested: guest,
        memoryOverhead: formatBytes(memoryOverheadBytes(vmi.spec)),
      },
      runtimeUser: 107,
      ...(owner
        ? { virtualMachineRevisionName: startRevisionName(owner.uid, vmGenerationOf(vmi) ?? 1) }
        : {}),
    },
    'Pending',
    now,
  );
}

/** The status with its phase moved on, and the time of it noted. */
export function withPhase(status: Untyped, phase: VmiPhase, now: Date): Untyped {
  if (status.phase === phase) return status;
  return {
    ...status,
    phase,
    phaseTransitionTimestamps: [
      ...(status.phaseTransitionTimestamps ?? []),
      { phase, phaseTransitionTimestamp: timestamp(now) },
    ],
  };
}

export function setCondition(status: Untyped, condition: Condition, now: Date): void {
  status.conditions = withCondition(status.conditions ?? [], condition, now);
}

export function dropCondition(status: Untyped, type: string): void {
  status.conditions = withoutCondition(status.conditions ?? [], type);
}

const MISSING: Condition = {
  type: 'Ready',
  status: 'False',
  reason: 'PodConditionMissing',
  message: 'virt-launcher pod is missing the Ready condition',
};

/** Ready, with the reasons that virt-controller gives. */
export function setReady(status: Untyped, vmi: KubeObject, pod: KubeObject | undefined, now: Date): void {
  const refused = (reason: string, message: string): Condition => ({
    type: 'Ready',
    status: 'False',
    reason,
    message,
    lastProbeTime: timestamp(now),
  });
  let ready: Condition;
  if (!pod?.spec.nodeName) {
    ready = refused('PodNotExists', 'virt-launcher pod has not yet been scheduled');
  } else if (vmi.metadata.deletionTimestamp || pod.metadata.deletionTimestamp) {
    ready = refused('PodTerminating', 'virt-launcher pod is terminating');
  } else if (findCondition(pod, 'Ready')?.reason === 'NodeNotReady') {
    ready = refused('NodeNotReady', 'virt-launcher pod lies on a node that is not ready');
  } else if (status.phase !== 'Running') {
    ready = refused('GuestNotRunning', 'Guest VM is not reported as running');
  } else {
    // Its probe, and whether it is paused.
    const { status: said, reason = '', message = '' } = findCondition(pod, 'Ready') ?? MISSING;
    ready = said === 'True' ? { type: 'Ready', status: 'True' } : refused(reason, message);
  }
  setCondition(status, ready, now);
}

/** What virt-handler reports of a guest that runs. Changes the given status. */
export function reportGuest(
  status: Untyped,
  vmi: KubeObject,
  guest: GuestObservation,
  pod: KubeObject | undefined,
  world: World,
): void {
  const { now } = world;
  const probe = timestamp(now);
  if (guest.state === 'paused') {
    setCondition(
      status,
      {
        type: 'Paused',
        status: 'True',
        ...(guest.reason === DISK_FAILED
          ? { reason: 'PausedIOError', message: 'VMI was paused, low-level IO error detected' }
          : { reason: 'PausedByUser', message: 'VMI was paused by user' }),
        lastProbeTime: probe,
      },
      now,
    );
  } else dropCondition(status, 'Paused');
  setCondition(status, liveMigratable(vmi, probe, world), now);
  setCondition(status, { type: 'StorageLiveMigratable', status: 'True' }, now);
  if (guest.agentConnected) {
    setCondition(status, { type: 'AgentConnected', status: 'True', lastProbeTime: probe }, now);
  } else dropCondition(status, 'AgentConnected');
  status.guestOSInfo = guest.system?.os ?? {};
  if (guest.frozen) status.fsFreezeStatus = 'frozen';
  else delete status.fsFreezeStatus;
  status.interfaces = interfaceStatus(vmi, guest, pod);
  status.volumeStatus = volumeStatus(vmi, world, true);
  status.machine = { type: `pc-${vmi.spec.domain.machine.type}-9.2`.replace('pc-pc', 'pc') };
  status.migrationMethod = 'LiveMigration';
  status.selinuxContext = 'none';
}

/**
 * With masquerade the pod's address is the machine's; what the agent sees inside stays inside. On a secondary network the
 * guest's address is its own, which only its agent can tell.
 */
function interfaceStatus(vmi: KubeObject, guest: GuestObservation, pod: KubeObject | undefined): Untyped[] {
  const all: Untyped[] = vmi.spec.domain.devices.interfaces ?? [];
  return all.flatMap((one: Untyped, index: number): Untyped[] => {
    const secondary = secondaryNetwork(vmi.spec, one.name, vmi.metadata.namespace) !== undefined;
    if (secondary && !guest.cards?.includes(one.name)) return [];
    const told = guest.addresses?.find(({ mac }) => mac.toLowerCase() === macOf(vmi, one));
    const addresses = secondary ? (told?.ipAddresses ?? []) : pod?.status?.podIP ? [pod.status.podIP] : [];
    const sources = ['domain', guest.agentConnected && 'guest-agent', secondary && 'multus-status'];
    return [
      {
        infoSource: sources.filter(Boolean).join(', '),
        ...(guest.agentConnected ? { interfaceName: told?.guestName ?? `eth${index}` } : {}),
        ...(addresses.length > 0 ? { ipAddress: addresses[0], ipAddresses: addresses } : {}),
        mac: macOf(vmi, one),
        name: one.name,
        queueCount: 1,
      },
    ];
  });
}

export function volumeStatus(vmi: KubeObject, world: World, attached: boolean): Untyped[] {
  const claims = claimNames(vmi.spec.volumes);
  const targets = diskTargets(vmi);
  return (vmi.spec.volumes ?? []).map(({ name }: Untyped) => {
    const target = attached ? (targets.get(name) ?? '') : '';
    const claim = world.get(CLAIMS, vmi.metadata.namespace, claims.get(name) ?? '');
    if (!claim) return { name, target, ...(attached ? { size: 1048576 } : {}) };
    const bytes = (quantity: unknown) => ({ storage: String(quantityBytes(quantity) ?? 0n) });
    return {
      name,
      persistentVolumeClaimInfo: {
        accessModes: claim.spec.accessModes,
        capacity: bytes(claim.status?.capacity?.storage),
        claimName: claim.metadata.name,
        filesystemOverhead: '0',
        requests: bytes(claim.spec.resources?.requests?.storage),
        volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      },
      target,
    };
  });
}

/** What is known once the pod has a node. Changes the given status. */
export function reportPod(status: Untyped, pod: KubeObject): void {
  status.activePods = { ...status.activePods, [pod.metadata.uid]: pod.spec.nodeName ?? '' };
  if (!pod.spec.nodeName) return;
  status.launcherContainerImageVersion = LAUNCHER_IMAGE;
  status.qosClass = pod.status?.qosClass ?? 'Burstable';
}
