import type { KubeObject, Untyped } from '../store/kube-object.js';
import { isConditionTrue } from './conditions.js';
import { expandTemplate } from './instancetype-expansion.js';
import { MissingInstancetype, resolveSpecs } from './instancetype-lookup.js';
import { isLiveUpdate } from './live-update.js';
import { isMigrating } from './migration-state.js';
import { quantityBytes } from './quantity.js';
import { type Change, editable, sameValue, VMIS, VMS, type World } from './reconciliation.js';
import { isAbsent, isHotpluggable } from './secondary-networks.js';
import { isFinal } from './vm-run-strategy.js';

/** KubeVirt's words for what a running guest does not get. */
const NO_LESS_CPU = 'Reduction of CPU socket count requires a restart';
const NO_MORE_CPU = "CPU sockets updated in template spec to a value higher than what's available";
const NO_MEMORY =
  'memory updated in template spec. Memory-hotplug feature is not available for this VM configuration';
const NO_LESS_MEMORY = 'memory updated in template spec to a value lower than what the VM started with';
const NO_MORE_MEMORY = "memory updated in template spec to a value higher than what's available";
const OTHER_NETWORKS = 'a non-live-updatable field was changed in the template spec';

/**
 * Brings into a running instance what can change while it runs: interfaces on secondary networks, sockets, memory. What
 * then becomes of it is virt-handler's to do.
 */
export function updateLive(vm: KubeObject, vmi: KubeObject | undefined, world: World): Change[] {
  const cleared = clearAbsent(vm, vmi);
  if (cleared) return cleared;
  if (!vmi || vmi.metadata.deletionTimestamp || isFinal(vmi) || !isLiveUpdate(world)) return [];
  const wanted = editable(vmi);
  followInterfaces(wanted.spec, vm.spec.template.spec);
  if (!isMigrating(vmi) && sizeRefusal(vm, vmi, world) === undefined) followSize(wanted, vm, world);
  return sameValue(wanted.spec, vmi.spec) ? [] : [{ kind: 'update', resource: VMIS, object: wanted }];
}

/** Why the guest would have to start again for what was changed of its size or its interfaces; undefined: it need not. */
export function liveRefusal(vm: KubeObject, vmi: KubeObject, world: World): string | undefined {
  return sizeRefusal(vm, vmi, world) ?? networkRefusal(vm, vmi);
}

/** The template with its instance type and preference, without what may change while the machine runs. */
export function settledTemplate(vm: KubeObject, spec: Untyped, world: World): Untyped {
  const template = structuredClone(spec.template?.spec ?? {});
  const hot = new Set(
    (template.domain?.devices?.interfaces ?? [])
      .filter((one: Untyped) => isHotpluggable(template, one))
      .map(({ name }: Untyped) => name),
  );
  const settled = expandTemplate(template, ...matched({ metadata: vm.metadata, spec }, world));
  const { domain } = settled;
  const kept = (list: Untyped[] | undefined) => (list ?? []).filter(({ name }) => !hot.has(name));
  return {
    ...settled,
    networks: kept(settled.networks),
    domain: {
      ...domain,
      cpu: { ...domain.cpu, sockets: undefined },
      memory: { ...domain.memory, guest: undefined },
      devices: { ...domain.devices, interfaces: kept(domain.devices?.interfaces) },
    },
  };
}

function matched(vm: Untyped, world: World): [KubeObject | undefined, KubeObject | undefined] {
  const { instancetype, preference } = resolveSpecs(vm, world);
  return [instancetype, preference];
}

/** An interface that was asked out, and is out of the guest, leaves the machine's template and the instance. */
function clearAbsent(vm: KubeObject, vmi: KubeObject | undefined): Change[] | undefined {
  const live = vmi && !isFinal(vmi) ? vmi : undefined;
  const inGuest = new Set((live?.status?.interfaces ?? []).map(({ name }: Untyped) => name));
  const gone = (spec: Untyped): Set<string> =>
    new Set(
      (spec.domain?.devices?.interfaces ?? [])
        .filter((one: Untyped) => isAbsent(one) && !inGuest.has(one.name))
        .map(({ name }: Untyped) => name),
    );
  const fromMachine = gone(vm.spec.template.spec);
  const fromInstance = live ? gone(live.spec) : new Set<string>();
  // The instance first: what it no longer wants, it must not find again in the template.
  if (live && [...fromMachine].some((name) => has(live.spec, name) && !fromInstance.has(name)))
    return undefined;
  if (live && fromInstance.size > 0) {
    const wanted = editable(live);
    drop(wanted.spec, fromInstance);
    return [{ kind: 'update', resource: VMIS, object: wanted }, ...dropFromMachine(vm, fromMachine)];
  }
  return fromMachine.size > 0 ? dropFromMachine(vm, fromMachine) : undefined;
}

const has = (spec: Untyped, name: string): boolean =>
  (spec.domain?.devices?.interfaces ?? []).some((one: Untyped) => one.name === name);

function dropFromMachine(vm: KubeObject, names: ReadonlySet<string>): Change[] {
  if (names.size === 0) return [];
  const wanted = editable(vm);
  drop(wanted.spec.template.spec, names);
  return [{ kind: 'update', resource: VMS, object: wanted }];
}

function drop(spec: Untyped, names: ReadonlySet<string>): void {
  spec.networks = (spec.networks ?? []).filter(({ name }: Untyped) => !names.has(name));
  const { devices } = spec.domain;
  devices.interfaces = (devices.interfaces ?? []).filter(({ name }: Untyped) => !names.has(name));
}

function followInterfaces(live: Untyped, template: Untyped): void {
  const { devices } = live.domain;
  for (const one of template.domain?.devices?.interfaces ?? []) {
    if (!isHotpluggable(template, one)) continue;
    const present = (devices.interfaces ?? []).find(({ name }: Untyped) => name === one.name);
    if (present && isAbsent(one)) present.state = 'absent';
    if (present || isAbsent(one)) continue;
    devices.interfaces = [...(devices.interfaces ?? []), { model: 'virtio', ...structuredClone(one) }];
    const network = template.networks.find(({ name }: Untyped) => name === one.name);
    live.networks = [...(live.networks ?? []), structuredClone(network)];
  }
}

/** An interface that went without a word, or that is another now under the same name. */
function networkRefusal(vm: KubeObject, vmi: KubeObject): string | undefined {
  const template = vm.spec.template.spec;
  const wanted: Untyped[] = template.domain?.devices?.interfaces ?? [];
  const networkOf = (spec: Untyped, name: string) =>
    (spec.networks ?? []).find((network: Untyped) => network.name === name)?.multus?.networkName;
  const changed = (vmi.spec.domain.devices.interfaces ?? []).some((one: Untyped) => {
    if (!isHotpluggable(vmi.spec, one) || isAbsent(one)) return false;
    const other = wanted.find(({ name }) => name === one.name);
    if (!other || networkOf(template, one.name) !== networkOf(vmi.spec, one.name)) return true;
    if (other.bootOrder !== one.bootOrder) return true;
    return (other.macAddress ?? '') !== (one.macAddress ?? '') || (other.model ?? 'virtio') !== one.model;
  });
  return changed ? OTHER_NETWORKS : undefined;
}

interface Size {
  sockets: number;
  memory: string | undefined;
}

/** What the machine shall have, by its own words or its instance type's; undefined where the type is not to be found. */
function wantedSize(vm: KubeObject, world: World): Size | undefined {
  try {
    const { domain } = expandTemplate(structuredClone(vm.spec.template.spec), ...matched(vm, world));
    const memory =
      domain.memory?.guest ?? domain.resources?.requests?.memory ?? domain.resources?.limits?.memory;
    return { sockets: domain.cpu?.sockets || 1, memory };
  } catch (error) {
    if (!(error instanceof MissingInstancetype)) throw error;
    return undefined;
  }
}

function sizeRefusal(vm: KubeObject, vmi: KubeObject, world: World): string | undefined {
  const wanted = wantedSize(vm, world);
  if (!wanted) return undefined;
  const { cpu, memory } = vmi.spec.domain;
  if (wanted.sockets > (cpu.maxSockets ?? cpu.sockets)) return NO_MORE_CPU;
  if (wanted.sockets < cpu.sockets) return NO_LESS_CPU;
  const bytes = quantityBytes(wanted.memory);
  const present = quantityBytes(memory?.guest);
  if (bytes === undefined || present === undefined || bytes === present) return undefined;
  const most = quantityBytes(memory.maxGuest);
  if (most === undefined) return NO_MEMORY;
  if (bytes < present) return NO_LESS_MEMORY;
  return bytes > most ? NO_MORE_MEMORY : undefined;
}

/** One change at a time: what is on its way to the guest goes first. */
function followSize(wanted: KubeObject, vm: KubeObject, world: World): void {
  const size = wantedSize(vm, world);
  const { cpu, memory, resources } = wanted.spec.domain;
  if (!size) return;
  if (!isConditionTrue(wanted, 'HotVCPUChange')) cpu.sockets = size.sockets;
  if (size.memory === undefined || !memory?.guest || isConditionTrue(wanted, 'HotMemoryChange')) return;
  if (quantityBytes(size.memory) === quantityBytes(memory.guest)) return;
  // The pod has to ask for as much more.
  if (
    resources?.requests?.memory &&
    quantityBytes(resources.requests.memory) === quantityBytes(memory.guest)
  ) {
    resources.requests.memory = size.memory;
  }
  memory.guest = size.memory;
}
