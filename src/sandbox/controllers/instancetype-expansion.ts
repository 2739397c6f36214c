import type { KubeObject, Untyped } from '../store/kube-object.js';
import { applyPreference } from './preference-expansion.js';
import { quantityBytes } from './quantity.js';

/** A field of the machine's template that the instance type already decides. */
export interface Conflict {
  field: string;
  message: string;
}

const TEMPLATE = 'spec.template.spec';

/** The fields that both the template and the instance type set, with KubeVirt's words for it. */
export function instancetypeConflicts(template: Untyped, instancetype: KubeObject | undefined): Conflict[] {
  if (!instancetype) return [];
  const domain = template?.domain ?? {};
  const type = instancetype.spec ?? {};
  const fields: string[] = [];
  for (const part of ['cores', 'sockets', 'threads']) {
    if (domain.cpu?.[part]) fields.push(`${TEMPLATE}.domain.cpu.${part}`);
  }
  for (const part of ['model', 'dedicatedCPUPlacement', 'numa', 'isolateEmulatorThread', 'realtime']) {
    if (domain.cpu?.[part] && type.cpu?.[part]) fields.push(`${TEMPLATE}.domain.cpu.${part}`);
  }
  if (domain.memory?.guest) fields.push(`${TEMPLATE}.domain.memory.guest`);
  if (domain.memory?.hugepages && type.memory?.hugepages) fields.push(`${TEMPLATE}.domain.memory.hugepages`);
  for (const bound of ['requests', 'limits']) {
    for (const resource of ['cpu', 'memory']) {
      if (domain.resources?.[bound]?.[resource]) {
        fields.push(`${TEMPLATE}.domain.resources.${bound}.${resource}`);
      }
    }
  }
  if (domain.ioThreadsPolicy && type.ioThreadsPolicy) fields.push(`${TEMPLATE}.domain.ioThreadsPolicy`);
  if (domain.launchSecurity && type.launchSecurity) fields.push(`${TEMPLATE}.domain.launchSecurity`);
  if (domain.devices?.gpus?.length && type.gpus?.length) fields.push(`${TEMPLATE}.domain.devices.gpus`);
  if (domain.devices?.hostDevices?.length && type.hostDevices?.length) {
    fields.push(`${TEMPLATE}.domain.devices.hostDevices`);
  }
  if (template?.nodeSelector && type.nodeSelector) fields.push(`${TEMPLATE}.nodeSelector`);
  if (template?.schedulerName && type.schedulerName) fields.push(`${TEMPLATE}.schedulerName`);
  return fields.map((field) => ({
    field,
    message: `VM field(s) ${field} conflicts with selected instance type`,
  }));
}

/** What the preference demands and the machine does not bring. */
export function unmetRequirements(
  template: Untyped,
  instancetype: KubeObject | undefined,
  preference: KubeObject | undefined,
): Conflict[] {
  const needs = preference?.spec?.requirements;
  if (!needs) return [];
  const unmet: Conflict[] = [];
  const wanted = needs.cpu?.guest ?? 0;
  if (instancetype) {
    const given = instancetype.spec.cpu.guest;
    if (given < wanted) {
      unmet.push({
        field: 'spec.instancetype',
        message: `insufficient CPU resources of ${given} vCPU provided by instance type, preference requires ${wanted} vCPU`,
      });
    }
  } else if (wanted > 0) {
    const cpu = template?.domain?.cpu;
    if (cpu?.sockets || cpu?.cores || cpu?.threads) {
      const given = vcpusOf(cpu);
      if (given < wanted) {
        const part = topologyPart(preference?.spec);
        unmet.push({
          field: `${TEMPLATE}.domain.cpu.${part}`,
          message: `insufficient CPU resources of ${given} vCPU provided by VirtualMachine, preference requires ${wanted} vCPU provided as ${part}`,
        });
      }
    } else {
      unmet.push({
        field: `${TEMPLATE}.domain.cpu`,
        message: `no CPU resources provided by VirtualMachine, preference requires ${wanted} vCPU`,
      });
    }
  }
  const memory = needs.memory?.guest;
  const given = instancetype?.spec.memory.guest ?? template?.domain?.memory?.guest;
  if (memory && (quantityBytes(given) ?? 0n) < (quantityBytes(memory) ?? 0n)) {
    unmet.push({
      field: instancetype ? 'spec.instancetype' : `${TEMPLATE}.domain.memory`,
      message: `insufficient Memory resources of ${given ?? '0'} provided by ${
        instancetype ? 'instance type' : 'VirtualMachine'
      }, preference requires ${memory}`,
    });
  }
  return unmet.map((one) => ({
    ...one,
    message: `failure checking preference requirements: ${one.message}`,
  }));
}

/** vCPUs of a topology; each part counts as one where it is not said. */
export function vcpusOf(cpu: Untyped): number {
  return (cpu?.sockets || 1) * (cpu?.cores || 1) * (cpu?.threads || 1);
}

/**
 * The template spec with what instance type and preference add, as KubeVirt's expand-spec gives it.
 * Changes the given (editable) spec and returns it.
 */
export function expandTemplate(
  spec: Untyped,
  instancetype: KubeObject | undefined,
  preference: KubeObject | undefined,
): Untyped {
  spec.domain ??= {};
  spec.domain.devices ??= {};
  if (instancetype) applyInstancetype(spec, structuredClone(instancetype.spec), preference?.spec);
  if (preference) applyPreference(spec, structuredClone(preference.spec));
  return spec;
}

function applyInstancetype(spec: Untyped, type: Untyped, preference: Untyped): void {
  const domain = spec.domain;
  const { guest, maxSockets, ...cpu } = type.cpu;
  domain.cpu = { ...domain.cpu, ...cpu, ...topology(guest, preference) };
  if (maxSockets) domain.cpu.maxSockets = maxSockets;
  const { overcommitPercent, ...memory } = type.memory;
  domain.memory = { ...domain.memory, ...memory };
  if (overcommitPercent) {
    const bytes = quantityBytes(type.memory.guest) ?? 0n;
    domain.resources ??= {};
    domain.resources.requests = {
      ...domain.resources.requests,
      memory: String((bytes * BigInt(100 - overcommitPercent)) / 100n),
    };
  }
  if (type.ioThreadsPolicy) domain.ioThreadsPolicy = type.ioThreadsPolicy;
  if (type.launchSecurity) domain.launchSecurity = type.launchSecurity;
  if (type.gpus) domain.devices.gpus = type.gpus;
  if (type.hostDevices) domain.devices.hostDevices = type.hostDevices;
  if (type.nodeSelector) spec.nodeSelector = type.nodeSelector;
  if (type.schedulerName) spec.schedulerName = type.schedulerName;
}

function topologyPart(preference: Untyped): 'sockets' | 'cores' | 'threads' {
  const wanted = String(preference?.cpu?.preferredCPUTopology ?? 'sockets').toLowerCase();
  if (wanted.endsWith('cores')) return 'cores';
  return wanted.endsWith('threads') ? 'threads' : 'sockets';
}

/** @see KubeVirt's user guide, "preferredCPUTopology": sockets by default; spread shares by a ratio of 2. */
function topology(vcpus: number, preference: Untyped): { sockets: number; cores: number; threads: number } {
  const wanted = String(preference?.cpu?.preferredCPUTopology ?? 'sockets').toLowerCase();
  if (wanted.endsWith('spread')) {
    const { ratio = 2, across = 'SocketsCores' } = preference.cpu.spreadOptions ?? {};
    const threads = across === 'SocketsCores' ? 1 : 2;
    const cores = across === 'CoresThreads' ? vcpus / threads : ratio;
    const sockets = vcpus / cores / threads;
    if (Number.isInteger(sockets) && Number.isInteger(cores)) return { sockets, cores, threads };
  }
  return { sockets: 1, cores: 1, threads: 1, [topologyPart(preference)]: vcpus };
}
