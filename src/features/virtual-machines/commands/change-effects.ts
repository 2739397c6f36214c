import { Injectable } from '@nestjs/common';
import { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { firmwareText, specifyFirmware } from '../domain/firmware.js';
import { type FieldChange, type Size, sizeChanges } from '../domain/live-change.js';
import { shownBootOrder } from '../domain/machine-view.js';
import type { ObservedInstance, ObservedMachine } from '../domain/observed.js';
import type { UpdateBody } from '../domain/update-body.js';

/** Says beforehand when the guest has each field of a change. */
@Injectable()
export class ChangeEffects {
  constructor(
    private readonly catalog: CatalogContract,
    private readonly capabilities: ClusterCapabilities,
  ) {}

  /** In the order of the body. Throws instance_type.unknown. */
  async of(
    body: UpdateBody,
    machine: ObservedMachine,
    instance: ObservedInstance | undefined,
  ): Promise<FieldChange[]> {
    const wanted = this.#wanted(body, machine);
    const sized = body.cpus !== undefined || body.memory !== undefined || body.instanceType !== undefined;
    const { liveUpdate } = sized ? await this.capabilities.current() : { liveUpdate: NOTHING_LIVE };
    const size = sized && instance ? sizeChanges(instance, wanted, liveUpdate) : [];
    return [...size, ...otherChanges(body, machine, instance !== undefined, size)];
  }

  #wanted({ instanceType = undefined, cpus, memory }: UpdateBody, machine: ObservedMachine): Size {
    if (instanceType) return this.catalog.requireInstanceType(instanceType, '/instanceType');
    const present = machine.instanceType === null ? machine : this.catalog.instanceType(machine.instanceType);
    return { cpus: cpus ?? present?.cpus ?? null, memory: memory ?? present?.memory ?? null };
  }
}

const FROM_THE_START = [
  'evictionStrategy',
  'firmware',
  'tpm',
  'bootOrder',
  'cpu',
  'placement',
  'probes',
  'watchdog',
] as const;
/** The body was checked before. */
const NO_PROBLEMS = { at: () => {} };
const NOTHING_LIVE = { enabled: false, movesMachines: false };

/** What no running guest has to learn of, and user data, which it reads when it starts. */
function otherChanges(
  body: UpdateBody,
  machine: ObservedMachine,
  running: boolean,
  size: readonly FieldChange[],
): FieldChange[] {
  const now = (field: string, from: string | null, to: string | null): FieldChange => ({
    field,
    from,
    to,
    applies: 'now',
    reason: null,
  });
  const changes: FieldChange[] = [];
  if (body.instanceType !== undefined && body.instanceType !== machine.instanceType) {
    const type = now('instanceType', machine.instanceType, body.instanceType);
    // As late as the latest of what it brings.
    const { applies, reason } = size.find((one) => one.applies === 'restart') ?? size[0] ?? type;
    changes.push({ ...type, applies, reason });
  }
  if (!running) {
    if (body.cpus)
      changes.push(now('cpus', machine.cpus === null ? null : String(machine.cpus), String(body.cpus)));
    if (body.memory) changes.push(now('memory', machine.memory, body.memory));
  }
  if (body.displayName !== undefined) changes.push(now('displayName', machine.displayName, body.displayName));
  if (body.labels !== undefined) changes.push(now('labels', null, null));
  if (body.runStrategy !== undefined) changes.push(now('runStrategy', machine.runStrategy, body.runStrategy));
  if (body.deleteProtection !== undefined) {
    changes.push(now('deleteProtection', String(machine.deleteProtection), String(body.deleteProtection)));
  }
  for (const field of FROM_THE_START) {
    if (body[field] === undefined) continue;
    const reason = running ? 'An instance has this from its start on.' : null;
    changes.push({ field, ...fromTo(field, body, machine), applies: running ? 'restart' : 'now', reason });
  }
  if (body.userData !== undefined) {
    // It may hold passwords: what it was and will be is not said.
    const reason = running ? 'The guest reads user data when it starts.' : null;
    changes.push({ field: 'userData', from: null, to: null, applies: running ? 'restart' : 'now', reason });
  }
  return changes;
}

/** In words where there are short ones. */
function fromTo(
  field: (typeof FROM_THE_START)[number],
  { evictionStrategy, firmware, tpm, bootOrder }: UpdateBody,
  machine: ObservedMachine,
): Pick<FieldChange, 'from' | 'to'> {
  const text = (value: boolean | null | undefined) =>
    value === null || value === undefined ? null : String(value);
  switch (field) {
    case 'evictionStrategy':
      return { from: null, to: evictionStrategy ?? null };
    case 'firmware': {
      const to = specifyFirmware(firmware, machine.firmware, NO_PROBLEMS) ?? null;
      return { from: firmwareText(machine.firmware), to: firmwareText(to) };
    }
    case 'tpm':
      return { from: text(machine.tpm), to: text(tpm) };
    case 'bootOrder': {
      const names = (bootOrder ?? []).map((one) => one.disk ?? one.interface ?? '');
      return { from: shownBootOrder(machine.boots, machine), to: names.join(', ') || null };
    }
    default:
      return { from: null, to: null };
  }
}
