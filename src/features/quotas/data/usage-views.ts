import { parseBytes } from '../../../kernel/quantity.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  DATA_SOURCE,
  DATA_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_EXPORT,
  VIRTUAL_MACHINE_INSTANCE,
  VIRTUAL_MACHINE_RESTORE,
  VIRTUAL_MACHINE_SNAPSHOT,
  VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
} from '../../../platform/cluster/kinds.js';
import type {
  SeenClaim,
  SeenContent,
  SeenDataVolume,
  SeenInstance,
  SeenMachine,
  SeenRestore,
  SeenSnapshot,
  SeenThing,
} from '../domain/observed.js';
import { type Fields, identity, integer, record, records, text } from './reading.js';

/** Written by virtgate: what the guest is to see of a disk; and the name of the image that an object holds. */
const SIZE = 'virtgate.io/disk-size';
const IMAGE = 'virtgate.io/image';

const bytes = (value: unknown): bigint =>
  typeof value === 'string' || typeof value === 'number' ? (parseBytes(String(value)) ?? 0n) : 0n;

function topology(cpu: unknown): bigint {
  const { sockets, cores, threads } = record(cpu);
  return [sockets, cores, threads].reduce<bigint>((all, part) => all * BigInt(integer(part) || 1), 1n);
}

/** Of `spec` of a VirtualMachine. KubeVirt gives a machine that says nothing one vCPU. */
function machineSize(spec: Fields): Pick<SeenMachine, 'instanceType' | 'vcpus' | 'memory'> {
  const domain = record(record(record(spec.template).spec).domain);
  const type = record(spec.instancetype);
  const name = text(type.name);
  return {
    instanceType: name
      ? { name, namespaced: String(type.kind ?? '').toLowerCase() === 'virtualmachineinstancetype' }
      : null,
    vcpus: topology(domain.cpu),
    memory: bytes(record(domain.memory).guest ?? record(record(domain.resources).requests).memory),
  };
}

export const seenMachines: ViewDefinition<SeenMachine> = {
  kind: VIRTUAL_MACHINE,
  optional: true,
  project: (object) => {
    const spec = record(object.spec);
    const volumes = records(record(record(spec.template).spec).volumes);
    return {
      ...identity(object),
      state: text(record(object.status).printableStatus) ?? 'Provisioning',
      // `running` is the old way of saying it, and excludes runStrategy.
      runStrategy: text(spec.runStrategy) ?? (spec.running === true ? 'Always' : 'Halted'),
      ...machineSize(spec),
      claims: volumes.flatMap(
        (volume) =>
          text(record(volume.dataVolume).name ?? record(volume.persistentVolumeClaim).claimName) ?? [],
      ),
    };
  },
};

/** What has ended holds nothing. */
export const seenInstances: ViewDefinition<SeenInstance> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  optional: true,
  project: (object) => {
    const { domain } = record(object.spec);
    const { phase, currentCPUTopology, memory } = record(object.status);
    if (phase === 'Succeeded' || phase === 'Failed') return null;
    return {
      ...identity(object),
      vcpus: topology(currentCPUTopology ?? record(domain).cpu),
      memory: bytes(record(memory).guestCurrent ?? record(record(domain).memory).guest),
    };
  },
};

export const seenClaims: ViewDefinition<SeenClaim> = {
  kind: PERSISTENT_VOLUME_CLAIM,
  project: (object) => {
    const { metadata } = object;
    const spec = record(object.spec);
    const [owner] = metadata.ownerReferences ?? [];
    // CDI's populators fill a claim of their own, owned by the one that is meant; scratch space belongs to a pod.
    if (owner?.kind === 'PersistentVolumeClaim' || owner?.kind === 'Pod') return null;
    const size = metadata.annotations?.[SIZE];
    return {
      ...identity(object),
      storageClass: text(spec.storageClassName) ?? '',
      requested: bytes(record(record(spec.resources).requests).storage),
      size: size === undefined ? null : parseBytes(size),
      filesystem: spec.volumeMode !== 'Block',
      image: metadata.labels?.[IMAGE] !== undefined,
    };
  },
};

export const seenDataVolumes: ViewDefinition<SeenDataVolume> = {
  kind: DATA_VOLUME,
  optional: true,
  project: (object) => {
    const spec = record(object.spec);
    const wanted = record(spec.storage ?? spec.pvc);
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachine');
    return {
      ...identity(object),
      storageClass: text(wanted.storageClassName),
      requested: bytes(record(record(wanted.resources).requests).storage),
      owner: owner?.name ?? null,
      image: object.metadata.labels?.[IMAGE] !== undefined,
    };
  },
};

/** Snapshots that a clone makes on its way are nobody's, and gone with it. */
export const seenSnapshots: ViewDefinition<SeenSnapshot> = {
  kind: VIRTUAL_MACHINE_SNAPSHOT,
  optional: true,
  project: (object) =>
    object.metadata.ownerReferences?.some(({ kind }) => kind === 'VirtualMachineClone')
      ? null
      : { ...identity(object), machine: text(record(record(object.spec).source).name) ?? '' },
};

export const seenContents: ViewDefinition<SeenContent> = {
  kind: VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
  optional: true,
  project: (object) => {
    const spec = record(object.spec);
    return {
      ...identity(object),
      snapshot: text(spec.virtualMachineSnapshotName) ?? '',
      ...machineSize(record(record(record(spec.source).virtualMachine).spec)),
      disks: records(spec.volumeBackups).map(({ persistentVolumeClaim }) => {
        const claim = record(record(persistentVolumeClaim).spec);
        return {
          storageClass: text(claim.storageClassName) ?? '',
          size: bytes(record(record(claim.resources).requests).storage),
        };
      }),
    };
  },
};

/** Restores that go on make claims before the machine that will have them knows. */
export const seenRestores: ViewDefinition<SeenRestore> = {
  kind: VIRTUAL_MACHINE_RESTORE,
  optional: true,
  project: (object) => {
    const { complete, restores } = record(object.status);
    if (complete === true) return null;
    return {
      ...identity(object),
      target: text(record(record(object.spec).target).name) ?? '',
      claims: records(restores).flatMap(({ persistentVolumeClaim }) => text(persistentVolumeClaim) ?? []),
    };
  },
};

export const seenExports: ViewDefinition<SeenThing> = {
  kind: VIRTUAL_MACHINE_EXPORT,
  optional: true,
  project: identity,
};

export const seenImages: ViewDefinition<SeenThing> = {
  kind: DATA_SOURCE,
  optional: true,
  labelSelector: IMAGE,
  project: identity,
};
