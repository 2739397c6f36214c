import type { CreatedBy } from '../../../kernel/created-by.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import { type BootDevice, bootOrderText } from './boot-order.js';
import { type Firmware, firmwareText } from './firmware.js';
import type { Applies, Size } from './live-change.js';
import type { MoveView } from './move.js';
import { rootDiskName } from './names.js';
import type {
  Condition,
  ObservedClaim,
  ObservedDataVolume,
  ObservedInstance,
  ObservedMachine,
} from './observed.js';
import { notReadyReason } from './readiness.js';
import { whenStarted } from './wanted-run-strategy.js';

/**
 * KubeVirt's printableStatus (staging/src/kubevirt.io/api/core/v1/types.go), in the order of a machine's life; and
 * `NodeLost`, which KubeVirt does not know: whatever it says of such a machine is old.
 */
export const MACHINE_STATES = [
  'Provisioning',
  'WaitingForVolumeBinding',
  'WaitingForReceiver',
  'Starting',
  'Running',
  'Paused',
  'Migrating',
  'Stopping',
  'Stopped',
  'Terminating',
  'CrashLoopBackOff',
  'ErrorUnschedulable',
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrorPvcNotFound',
  'DataVolumeError',
  'Unknown',
  'NodeLost',
] as const;
export type MachineState = (typeof MACHINE_STATES)[number];
const states: ReadonlySet<string> = new Set(MACHINE_STATES);

export const machineState = (printableStatus: string): MachineState =>
  states.has(printableStatus) ? (printableStatus as MachineState) : 'Unknown';

export interface DiskView {
  name: string;
  claim: string | null;
  size: string | null;
  kind: string;
  bus: string | null;
  bootOrder: number | null;
  storageClass: string | null;
  /** Phase of the DataVolume, or Bound/Pending/Lost of the claim. */
  state: string;
  /** 0..100 while it is being filled; null when nothing is known. */
  progress: number | null;
  /** How it is, or was, cloned from its source and why not faster; null where it is no clone. */
  clone: { method: string; fallbackReason: string | null } | null;
}

export interface InterfaceView {
  name: string | null;
  network: string | null;
  model: string | null;
  mac: string | null;
  guestName: string | null;
  ipAddresses: string[];
  /** The firmware boots from the network by it; 1 boots first. */
  bootOrder: number | null;
}

/** A change that the running guest has not seen yet. */
export interface PendingChange {
  field: string;
  from: string | null;
  to: string | null;
  applies: Applies;
}

/** The VM answer (api.md §3). */
export interface VirtualMachineView {
  id: string;
  name: string;
  displayName: string | null;
  project: string;
  state: MachineState;
  ready: boolean;
  /** In plain words; null where it is ready. */
  notReadyReason: string | null;
  runStrategy: string;
  /** What its run strategy is once it has been started: KubeVirt writes Halted to stop a machine. */
  runStrategyWhenStarted: string;
  cpus: number | null;
  memory: string | null;
  instanceType: string | null;
  preference: string | null;
  /** Null where only its preference could say it, and is not to be found. */
  firmware: Firmware | null;
  tpm: boolean | null;
  node: string | null;
  /** Null while it does not run, or has not moved since it started. */
  lastMove: MoveView | null;
  ipAddresses: string[];
  disks: DiskView[];
  interfaces: InterfaceView[];
  liveMigratable: { value: boolean; reason: string | null };
  agentConnected: boolean;
  guestOs: string | null;
  pendingChanges: PendingChange[];
  restartRequired: boolean;
  deleteProtection: boolean;
  conditions: Condition[];
  labels: Record<string, string>;
  createdAt: string;
  createdBy: CreatedBy | null;
  deleting: boolean;
}

/** What a machine is joined with. */
export interface MachineParts {
  instance: ObservedInstance | undefined;
  /** The cluster hears nothing of the node that it is on. */
  nodeLost?: boolean;
  lastMove?: MoveView | null;
  dataVolume(name: string): ObservedDataVolume | undefined;
  claim(name: string): ObservedClaim | undefined;
  /** Of a machine that is off, its instance type knows the size. */
  instanceType(name: string): { cpus: number; memory: string } | undefined;
  /** What the machine does not say of its firmware, its preference does. */
  preference(name: string): { efi: boolean; secureBoot: boolean; tpm: boolean } | undefined;
}

export function machineView(
  machine: ObservedMachine,
  project: string,
  parts: MachineParts,
): VirtualMachineView {
  const { instance } = parts;
  const interfaces = interfacesOf(machine, instance);
  const type = machine.instanceType === null ? undefined : parts.instanceType(machine.instanceType);
  const wanted = {
    cpus: machine.cpus ?? type?.cpus ?? null,
    memory: machine.memory ?? (type ? canonicalBytes(type.memory) : null),
  };
  const board = wantedBoard(machine, parts);
  return {
    id: machine.uid,
    name: machine.name,
    displayName: machine.displayName,
    project,
    state: parts.nodeLost ? 'NodeLost' : machineState(machine.state),
    ready: machine.ready,
    notReadyReason: notReadyReason(machine.ready, machine.conditions),
    runStrategy: machine.runStrategy,
    runStrategyWhenStarted: whenStarted(machine.runStrategy, machine.wantedRunStrategy),
    cpus: instance?.cpus ?? wanted.cpus,
    memory: instance?.memory ?? wanted.memory,
    instanceType: machine.instanceType,
    preference: machine.preference,
    firmware: instance ? (instance.firmware ?? BIOS) : board.firmware,
    tpm: instance ? (instance.tpm ?? false) : board.tpm,
    node: instance?.node ?? null,
    lastMove: instance ? (parts.lastMove ?? null) : null,
    ipAddresses: [...new Set(interfaces.flatMap(({ ipAddresses }) => ipAddresses))],
    disks: disksOf(machine, parts),
    interfaces,
    liveMigratable: instance?.liveMigratable ?? {
      value: false,
      reason: instance ? 'Not known yet.' : 'The virtual machine is not running.',
    },
    agentConnected: instance?.agentConnected ?? false,
    guestOs: instance?.guestOs ?? null,
    pendingChanges: instance
      ? [...pendingChanges(machine, instance, wanted), ...pendingBoard(machine, instance, board)]
      : [],
    restartRequired: machine.conditions.some(
      ({ type, status }) => type === 'RestartRequired' && status === 'True',
    ),
    deleteProtection: machine.deleteProtection,
    conditions: machine.conditions,
    labels: machine.labels,
    createdAt: machine.createdAt,
    createdBy: machine.createdBy,
    deleting: machine.deleting,
  };
}

const BIOS: Firmware = Object.freeze({ uefi: false, secureBoot: false });

type Board = Pick<VirtualMachineView, 'firmware' | 'tpm'>;

/** What its next start brings. */
function wantedBoard({ firmware, tpm, preference }: ObservedMachine, parts: MachineParts): Board {
  const preferred =
    preference === null ? { efi: false, secureBoot: false, tpm: false } : parts.preference(preference);
  return {
    firmware: firmware ?? (preferred ? { uefi: preferred.efi, secureBoot: preferred.secureBoot } : null),
    tpm: tpm ?? preferred?.tpm ?? null,
  };
}

function pendingBoard(machine: ObservedMachine, instance: ObservedInstance, wanted: Board): PendingChange[] {
  const fields: [string, string | null, string | null][] = [
    ['firmware', firmwareText(instance.firmware ?? BIOS), firmwareText(wanted.firmware)],
    ['tpm', String(instance.tpm ?? false), wanted.tpm === null ? null : String(wanted.tpm)],
  ];
  const board = fields.filter(([, from, to]) => to !== null && from !== to);
  const [from, to] = [shownBootOrder(instance.boots, machine), shownBootOrder(machine.boots, machine)];
  return [...board, ...(from === to ? [] : [['bootOrder', from, to] as const])].map(
    ([field, before, after]): PendingChange => ({ field, from: before, to: after, applies: 'restart' }),
  );
}

/** By the names that the machine's answer has. */
export const shownBootOrder = (boots: readonly BootDevice[], machine: ObservedMachine): string | null =>
  bootOrderText(boots.map((one) => ({ ...one, name: shownName(one.name, machine) })));

/** As the machine's answer calls the disk. */
const shownName = (volume: string, machine: ObservedMachine): string =>
  machine.volumes.some(({ name, claim }) => name === volume && claim === rootDiskName(machine.name))
    ? 'root'
    : volume;

/** What the cluster has taken over into the instance is on its way; all else waits for a restart. */
function pendingChanges(machine: ObservedMachine, instance: ObservedInstance, wanted: Size): PendingChange[] {
  const { growth } = instance;
  const sizes = [
    { field: 'cpus', from: text(instance.cpus), to: text(wanted.cpus), moving: text(growth.wantedCpus) },
    { field: 'memory', from: instance.memory, to: wanted.memory, moving: growth.wantedMemory },
  ].flatMap(({ field, from, to, moving }): PendingChange[] =>
    from === null || to === null || from === to
      ? []
      : [{ field, from, to, applies: moving === to ? 'migration' : 'restart' }],
  );
  return [...sizes, ...pendingInterfaces(machine, instance)];
}

function pendingInterfaces({ interfaces }: ObservedMachine, instance: ObservedInstance): PendingChange[] {
  const field = 'interfaces';
  const live = new Set(instance.interfaces.flatMap(({ name }) => name ?? []));
  // Before it runs, no instance tells of interfaces.
  if (live.size === 0) return [];
  const coming = interfaces
    .filter(({ name, absent }) => !absent && !live.has(name))
    .map(({ name, hotpluggable }): PendingChange => {
      return { field, from: null, to: name, applies: hotpluggable ? 'live' : 'restart' };
    });
  const kept = new Map(interfaces.map((one) => [one.name, one]));
  const going = [...live].flatMap((name): PendingChange[] => {
    const present = kept.get(name);
    if (present && !present.absent) return [];
    // The pod network that a machine has without naming it.
    if (!present && interfaces.length === 0) return [];
    return [{ field, from: name, to: null, applies: present ? 'live' : 'restart' }];
  });
  return [...coming, ...going];
}

const text = (value: number | null): string | null => (value === null ? null : String(value));

function disksOf(machine: ObservedMachine, parts: MachineParts): DiskView[] {
  return machine.volumes.flatMap(({ name, claim, kind, bus, bootOrder }) => {
    if (claim === null) return [];
    const dataVolume = parts.dataVolume(claim);
    const volumeClaim = parts.claim(claim);
    const done = dataVolume ? dataVolume.phase === 'Succeeded' : volumeClaim?.phase === 'Bound';
    return [
      {
        name: shownName(name, machine),
        claim,
        size: volumeClaim?.size ?? dataVolume?.size ?? null,
        kind: kind ?? 'disk',
        bus,
        bootOrder,
        storageClass: volumeClaim?.storageClass ?? dataVolume?.storageClass ?? null,
        state: dataVolume?.phase ?? volumeClaim?.phase ?? 'Missing',
        progress: done ? 100 : (dataVolume?.progress ?? null),
        clone: dataVolume?.clone ?? null,
      },
    ];
  });
}

function interfacesOf(machine: ObservedMachine, instance: ObservedInstance | undefined): InterfaceView[] {
  const seen = instance?.interfaces ?? [];
  const live = (name: string) => seen.find((candidate) => candidate.name === name);
  // One that was asked out, and is out, lingers in the specification for a moment.
  const there = machine.interfaces.filter(({ name, absent }) => !absent || live(name));
  const wanted = there.map(({ name, network, model, mac, bootOrder }) => {
    const present = live(name);
    return {
      name,
      network,
      model,
      mac: present?.mac ?? mac,
      guestName: present?.guestName ?? null,
      ipAddresses: present?.ipAddresses ?? [],
      bootOrder,
    };
  });
  const names = new Set(machine.interfaces.map(({ name }) => name));
  // The guest may have interfaces of its own making: bridges, tunnels, containers.
  const extra = seen
    .filter(({ name }) => name === null || !names.has(name))
    .map(({ name, guestName, mac, ipAddresses }) => ({
      name,
      network: null,
      model: null,
      mac,
      guestName,
      ipAddresses,
      bootOrder: null,
    }));
  return [...wanted, ...extra];
}
