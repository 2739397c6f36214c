import type { Entry } from './entry.js';
import { greater } from './meters.js';
import type {
  SeenClaim,
  SeenContent,
  SeenDataVolume,
  SeenInstance,
  SeenMachine,
  SeenNamespace,
} from './observed.js';

export type SizeOfType = (
  type: NonNullable<SeenMachine['instanceType']>,
) => { vcpus: bigint; memory: bigint } | undefined;

/** What a namespace's objects amount to. Pure. */
export function usageOf(seen: SeenNamespace, sizeOfType: SizeOfType): Entry[] {
  const instances = new Map(seen.instances.map((instance) => [instance.name, instance]));
  return [
    ...seen.machines.map((machine) => machineEntry(machine, instances.get(machine.name), sizeOfType)),
    ...diskEntries(seen),
    ...snapshotEntries(seen, sizeOfType),
    ...seen.exports.map(({ name }) => thing('export', name)),
    ...seen.images.map(({ name }) => thing('image', name)),
  ];
}

const thing = (type: 'export' | 'image', name: string): Entry => ({
  type,
  name,
  storageClass: '',
  holder: null,
  amounts: type === 'export' ? { exports: 1n } : { images: 1n },
  machine: null,
});

/** A machine that has been made larger and not been restarted yet counts as what it will be, one made smaller as it is. */
function machineEntry(
  machine: SeenMachine,
  instance: SeenInstance | undefined,
  sizeOfType: SizeOfType,
): Entry {
  const wanted = sizeOf(machine, sizeOfType);
  return {
    type: 'virtual-machine',
    name: machine.name,
    storageClass: '',
    holder: null,
    amounts: {
      vms: 1n,
      runningVms: runs(machine, instance) ? 1n : 0n,
      vcpus: greater(wanted.vcpus, instance?.vcpus ?? 0n),
      memory: greater(wanted.memory, instance?.memory ?? 0n),
    },
    machine: null,
  };
}

/** It runs, or the cluster will start it without asking anybody. */
function runs({ runStrategy, state }: SeenMachine, instance: SeenInstance | undefined): boolean {
  if (instance || runStrategy === 'Always') return true;
  return (runStrategy === 'RerunOnFailure' || runStrategy === 'Once') && state !== 'Stopped';
}

function sizeOf(
  { instanceType, vcpus, memory }: Pick<SeenMachine, 'instanceType' | 'vcpus' | 'memory'>,
  sizeOfType: SizeOfType,
): { vcpus: bigint; memory: bigint } {
  return (instanceType && sizeOfType(instanceType)) ?? { vcpus, memory };
}

function diskEntries({ machines, claims, dataVolumes, restores }: SeenNamespace): Entry[] {
  const holders = new Map<string, string>();
  for (const { target, claims: made } of restores) for (const claim of made) holders.set(claim, target);
  for (const { name, claims: used } of machines) {
    for (const claim of used) if (!holders.has(claim)) holders.set(claim, name);
  }
  const volumes = new Map(dataVolumes.map((volume) => [volume.name, volume]));
  const held = claims.map((claim) => diskEntry(claim, volumes.get(claim.name), holders));
  const known = new Set(claims.map(({ name }) => name));
  const coming = dataVolumes
    .filter(({ name }) => !known.has(name))
    .map((volume) => diskEntry(undefined, volume, holders));
  return [...held, ...coming];
}

function diskEntry(
  claim: SeenClaim | undefined,
  volume: SeenDataVolume | undefined,
  holders: ReadonlyMap<string, string>,
): Entry {
  const name = claim?.name ?? volume?.name ?? '';
  const image = claim?.image || volume?.image;
  return {
    type: 'disk',
    name,
    storageClass: claim?.storageClass ?? volume?.storageClass ?? '',
    holder: holders.get(name) ?? volume?.owner ?? null,
    amounts: {
      disks: image ? 0n : 1n,
      storage: claim ? claimSize(claim, volume) : (volume?.requested ?? 0n),
    },
    machine: null,
  };
}

/**
 * What was asked for, not what a filesystem needs besides: who may have 10 GiB can have a disk of 10 GiB. A claim that
 * is more than a fifth larger than its DataVolume has grown since.
 */
function claimSize(claim: SeenClaim, volume: SeenDataVolume | undefined): bigint {
  if (!claim.filesystem) return claim.requested;
  if (claim.size !== null) return claim.size;
  const asked = volume?.requested ?? 0n;
  return asked > 0n && claim.requested * 5n <= asked * 6n ? asked : claim.requested;
}

function snapshotEntries({ snapshots, contents }: SeenNamespace, sizeOfType: SizeOfType): Entry[] {
  const bySnapshot = new Map(contents.map((content) => [content.snapshot, content]));
  return snapshots.map(({ name, machine }) => {
    const content = bySnapshot.get(name);
    return {
      type: 'snapshot',
      name,
      storageClass: '',
      holder: machine,
      amounts: { snapshots: 1n, snapshotBytes: bytesOf(content) },
      machine: content ? { ...sizeOf(content, sizeOfType), disks: content.disks } : null,
    };
  });
}

const bytesOf = (content: SeenContent | undefined): bigint =>
  (content?.disks ?? []).reduce((sum, { size }) => sum + size, 0n);
