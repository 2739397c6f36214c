import { canonicalBytes } from '../../../kernel/quantity.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  DATA_VOLUME,
  EVENT,
  NODE,
  PERSISTENT_VOLUME_CLAIM,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_INSTANCE,
} from '../../../platform/cluster/kinds.js';
import { isTrashed } from '../../access/trash.contract.js';
import { normalMac } from '../domain/interfaces.js';
import { CREATED_BY_LABEL } from '../domain/names.js';
import type {
  Observed,
  ObservedClaim,
  ObservedDataVolume,
  ObservedEvent,
  ObservedHost,
  ObservedInstance,
  ObservedMachine,
  TrashedMachine,
} from '../domain/observed.js';
import { parseTrash, TRASH_ANNOTATION } from '../domain/trash.js';
import { observeBoard } from './machine-board.js';
import { observeMachine } from './machine-view.js';
import { conditionsOf, isTrue, list, record, vcpus } from './reading.js';

/** By claim: which machines use it, for a change of a disk is a change of its machine. By address: whose it is. */
const byPart = {
  claim: (vm: ObservedMachine) =>
    vm.volumes.flatMap(({ claim }) => (claim ? [`${vm.namespace}/${claim}`] : [])),
  mac: macsOf,
};

/** What is in the trash is not among them. */
export const machineViews: ViewDefinition<ObservedMachine> = {
  kind: VIRTUAL_MACHINE,
  project: (object) => (isTrashed(object) ? null : observeMachine(object)),
  indexes: byPart,
};

export const trashViews: ViewDefinition<TrashedMachine> = {
  kind: VIRTUAL_MACHINE,
  project: (object) =>
    isTrashed(object)
      ? { ...observeMachine(object), trash: parseTrash(object.metadata.annotations?.[TRASH_ANNOTATION]) }
      : null,
  indexes: byPart,
};

export const instanceViews: ViewDefinition<ObservedInstance> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: observeInstance,
  indexes: { mac: macsOf, node: ({ node }) => (node ? [node] : []) },
};

export const hostViews: ViewDefinition<ObservedHost> = {
  kind: NODE,
  project: (object) => {
    const ready = conditionsOf(record(object.status).conditions).find(({ type }) => type === 'Ready');
    return { ...identity(object), lost: ready?.status === 'Unknown' };
  },
};

export const dataVolumeViews: ViewDefinition<ObservedDataVolume> = {
  kind: DATA_VOLUME,
  project: observeDataVolume,
  indexes: { owner: ({ owner }) => (owner ? [owner.uid] : []) },
  optional: true,
};

export const claimViews: ViewDefinition<ObservedClaim> = {
  kind: PERSISTENT_VOLUME_CLAIM,
  project: observeClaim,
};

const SHOWN = new Set([
  'VirtualMachine',
  'VirtualMachineInstance',
  'DataVolume',
  'PersistentVolumeClaim',
  'Pod',
]);

export const eventViews: ViewDefinition<ObservedEvent> = {
  kind: EVENT,
  project: observeEvent,
  indexes: {
    involved: ({ namespace, involved }) => [`${namespace}/${involved.kind}/${involved.name}`],
  },
};

function macsOf({ interfaces }: { interfaces: readonly { mac: string | null }[] }): string[] {
  return interfaces.flatMap(({ mac }) => (mac ? (normalMac(mac) ?? []) : []));
}

const identity = ({ metadata }: KubeObject): Observed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

export function observeInstance(object: KubeObject): ObservedInstance {
  const spec = record(object.spec);
  const status = record(object.status);
  const conditions = conditionsOf(status.conditions);
  const condition = (type: string) => conditions.find((candidate) => candidate.type === type);
  const scheduled = condition('PodScheduled');
  const migratable = condition('LiveMigratable');
  const topology = record(status.currentCPUTopology ?? record(spec.domain).cpu);
  const memory = record(status.memory).guestCurrent ?? record(record(spec.domain).memory).guest;
  return {
    ...identity(object),
    phase: cappedText(status.phase, 32) ?? 'Pending',
    deleting: Boolean(object.metadata.deletionTimestamp),
    paused: isTrue(conditions, 'Paused'),
    ready: isTrue(conditions, 'Ready'),
    node: cappedText(status.nodeName, 253),
    cpus: vcpus(topology),
    memory: typeof memory === 'string' ? canonicalBytes(memory) : null,
    growth: observeGrowth(record(spec.domain)),
    ...observeBoard(record(spec.domain)),
    interfaces: list(status.interfaces).slice(0, 64).map(observeInterface),
    agentConnected: isTrue(conditions, 'AgentConnected'),
    liveMigratable: migratable
      ? { value: migratable.status === 'True', reason: migratable.message ?? migratable.reason }
      : null,
    guestOs: cappedText(record(status.guestOSInfo).prettyName, 128),
    unschedulable:
      scheduled?.status === 'False' && scheduled.reason === 'Unschedulable'
        ? { message: scheduled.message ?? 'No node has room.', since: scheduled.lastTransitionTime }
        : null,
  };
}

function observeGrowth({ cpu, memory }: Record<string, unknown>): ObservedInstance['growth'] {
  const { cores, threads, maxSockets } = record(cpu);
  const cpusPerSocket = (Number(cores ?? 1) || 1) * (Number(threads ?? 1) || 1);
  const { guest, maxGuest } = record(memory);
  return {
    cpusPerSocket,
    maxCpus: Number.isSafeInteger(maxSockets) ? (maxSockets as number) * cpusPerSocket : null,
    maxMemory: typeof maxGuest === 'string' ? canonicalBytes(maxGuest) : null,
    wantedCpus: vcpus(record(cpu)),
    wantedMemory: typeof guest === 'string' ? canonicalBytes(guest) : null,
  };
}

function observeInterface(value: unknown): ObservedInstance['interfaces'][number] {
  const nic = record(value);
  const addresses = list(nic.ipAddresses ?? (nic.ipAddress ? [nic.ipAddress] : []));
  return {
    name: cappedText(nic.name, 63),
    guestName: cappedText(nic.interfaceName, 63),
    mac: cappedText(nic.mac, 32),
    // A guest agent says what it likes: only what looks like an address is passed on.
    ipAddresses: addresses
      .filter(
        (address): address is string => typeof address === 'string' && /^[0-9a-f.:]{2,45}$/i.test(address),
      )
      .slice(0, 32),
  };
}

export function observeDataVolume(object: KubeObject): ObservedDataVolume {
  const spec = record(object.spec);
  const status = record(object.status);
  const conditions = conditionsOf(status.conditions, 1024);
  const running = conditions.find(({ type }) => type === 'Running');
  const bound = conditions.find(({ type }) => type === 'Bound');
  const request = record(record(record(spec.storage ?? spec.pvc).resources).requests).storage;
  const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachine');
  return {
    ...identity(object),
    owner: owner ? { name: owner.name, uid: owner.uid } : null,
    deleting: Boolean(object.metadata.deletionTimestamp),
    phase: cappedText(status.phase, 64) ?? 'Pending',
    progress: percent(status.progress),
    restarts: Number(status.restartCount ?? 0) || 0,
    claim: cappedText(status.claimName, 253) ?? object.metadata.name,
    size: typeof request === 'string' ? canonicalBytes(request) : null,
    storageClass: cappedText(record(spec.storage ?? spec.pvc).storageClassName, 253),
    running: running
      ? { status: running.status, reason: running.reason ?? '', message: running.message ?? '' }
      : null,
    bound: bound ? { status: bound.status, message: bound.message ?? '' } : null,
    clone: cloneOf(object.metadata.annotations ?? {}),
  };
}

/** CDI's annotations of a clone: the way that the storage allows, and why it is not a faster one. */
function cloneOf(annotations: Record<string, string>): ObservedDataVolume['clone'] {
  const method = cappedText(annotations['cdi.kubevirt.io/cloneType'], 32);
  if (method === null) return null;
  return { method, fallbackReason: cappedText(annotations['cdi.kubevirt.io/cloneFallbackReason'], 512) };
}

/** CDI writes "42.3%" or "N/A". */
function percent(text: unknown): number | null {
  const match = typeof text === 'string' ? /^(\d{1,3}(?:\.\d+)?)%$/.exec(text) : null;
  return match ? Math.min(100, Number(match[1])) : null;
}

export function observeClaim(object: KubeObject): ObservedClaim {
  const spec = record(object.spec);
  const status = record(object.status);
  const size = record(status.capacity).storage ?? record(record(spec.resources).requests).storage;
  const owner = object.metadata.ownerReferences?.[0];
  return {
    ...identity(object),
    owner: owner ? { kind: owner.kind, name: owner.name, uid: owner.uid } : null,
    createdBy: object.metadata.labels?.[CREATED_BY_LABEL] ?? null,
    deleting: Boolean(object.metadata.deletionTimestamp),
    phase: cappedText(status.phase, 32) ?? 'Pending',
    size: typeof size === 'string' ? canonicalBytes(size) : null,
    storageClass: cappedText(spec.storageClassName, 253),
  };
}

/** A pod is told under the machine that it runs, or the disk that it fills: nobody asked for the pod. */
function machineOfPod(kind: string, name: string): string {
  if (kind !== 'Pod') return name;
  return /^virt-launcher-(.+)-[a-z0-9]{5}$/.exec(name)?.[1] ?? /^importer-(.+)$/.exec(name)?.[1] ?? name;
}

/** Events of kinds that a machine is made of; both the old and the events.k8s.io way of telling times. */
export function observeEvent(object: KubeObject): ObservedEvent | null {
  const event = object as unknown as Record<string, unknown>;
  const involved = record(event.involvedObject);
  const kind = String(involved.kind ?? '');
  if (!SHOWN.has(kind)) return null;
  const series = record(event.series);
  const created = object.metadata.creationTimestamp ?? '';
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const firstAt = text(event.firstTimestamp) ?? text(event.eventTime) ?? created;
  return {
    ...identity(object),
    involved: {
      kind,
      name: machineOfPod(kind, String(involved.name ?? '')),
      uid: String(involved.uid ?? ''),
    },
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: cappedText(event.reason, 128) ?? 'Unknown',
    message: cappedText(event.message, 1024) ?? '',
    count: Number(series.count ?? event.count ?? 1) || 1,
    firstAt,
    lastAt: text(series.lastObservedTime) ?? text(event.lastTimestamp) ?? firstAt,
    component: cappedText(event.reportingComponent, 128) ?? cappedText(record(event.source).component, 128),
  };
}
