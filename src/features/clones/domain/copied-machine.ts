import { isReservedLabel } from '../../../kernel/labels.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { provenance, record, records, text } from '../../snapshots/cluster-reading.contract.js';
import { newMac } from '../../snapshots/new-identity.contract.js';
import { type Openings, onlyOpen } from '../../virtual-machines/allowed-machine.contract.js';
import { cloneNotPortable } from './clone-failures.js';
import { type CloneInput, diskName } from './clone-input.js';

type Part = Record<string, unknown>;
/** What a claim is like: how much, where and how its copy is to be made. */
export interface CopiedClaim {
  claim: string;
  size: string;
  storageClass: string | null;
  accessModes: string[];
  volumeMode: string | null;
}

/** Volumes that mean the same in any namespace. */
const PORTABLE = ['containerDisk', 'emptyDisk'];
const EMPTY_CLOUD_INIT = { cloudInitNoCloud: { userData: '#cloud-config\n{}\n' } };

/**
 * The VirtualMachine of a clone by disks: the original's spec as far as tenants may have it, every disk a DataVolume
 * that copies the original's claim.
 * Into another project it is sanitised: no secret, config map, service account, user data or network attachment of
 * the original's goes along. Throws clone.not_portable.
 */
export function copiedMachine(
  source: { metadata: { labels?: Record<string, string> }; spec?: unknown },
  input: CloneInput,
  claims: Readonly<Record<string, CopiedClaim>>,
  operation: Pick<OperationRecord, 'id' | 'requestId' | 'requestedBy' | 'project'>,
  open: Openings,
): KubeObject {
  const abroad = input.source.project.namespace !== operation.project.namespace;
  const spec = record(structuredClone(source.spec));
  const template = record(spec.template);
  const inner = withVolumes(record(template.spec), input, claims, abroad);
  // They name secrets of the original's namespace.
  if (abroad) delete inner.accessCredentials;
  const labels = Object.entries(source.metadata.labels ?? {}).filter(([key]) => !isReservedLabel(key));
  const copy = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name: input.name,
      namespace: operation.project.namespace,
      labels: Object.fromEntries(labels),
      annotations: provenance(operation),
    },
    spec: {
      runStrategy: 'Halted',
      ...matcher('instancetype', spec.instancetype, abroad),
      ...matcher('preference', spec.preference, abroad),
      template: {
        metadata: {
          labels: { ...record(record(template.metadata).labels), 'kubevirt.io/domain': input.name },
        },
        spec: inner,
      },
    },
  };
  const macOf = (index: number) => (input.freshMacs ? newMac(operation.id, index) : null);
  return tidied(onlyOpen<KubeObject>(copy, open, operation.project.namespace), macOf);
}

/** KubeVirt keeps what a type said in a revision of the original's: the copy asks anew. */
function matcher(field: 'instancetype' | 'preference', value: unknown, abroad: boolean): Part {
  if (value === undefined) return {};
  const { revisionName, ...rest } = record(value);
  if (abroad && !/cluster/i.test(String(rest.kind ?? 'cluster'))) {
    throw cloneNotPortable(`Its ${field} "${rest.name}" is known in its own project only.`);
  }
  return { [field]: rest };
}

function withVolumes(
  spec: Part,
  input: CloneInput,
  claims: Readonly<Record<string, CopiedClaim>>,
  abroad: boolean,
): Part {
  const volumes = records(spec.volumes).flatMap((volume) => {
    const name = text(volume.name, 63) ?? '';
    if (claims[name]) return [{ name, dataVolume: { name: diskName(input.name, name) } }];
    if (!abroad) return [volume];
    const portable = PORTABLE.find((kind) => volume[kind] !== undefined);
    if (portable) {
      const { imagePullSecret, ...source } = record(volume[portable]);
      return [{ name, [portable]: source }];
    }
    const isCloudInit = volume.cloudInitNoCloud !== undefined || volume.cloudInitConfigDrive !== undefined;
    return isCloudInit ? [{ name, ...EMPTY_CLOUD_INIT }] : [];
  });
  if (!abroad) return { ...spec, volumes };
  // A network attachment is known by its name in its own namespace only.
  return { ...spec, volumes, networks: records(spec.networks).filter(({ multus }) => multus === undefined) };
}

/** No disk without its volume, and of a network and its interface both or none: KubeVirt refuses the rest. */
function tidied(machine: KubeObject, macOf: (index: number) => string | null): KubeObject {
  const template = record(record(record(machine.spec).template).spec);
  const devices = record(record(template.domain).devices);
  const namesOf = (parts: unknown) => new Set(records(parts).map(({ name }) => name));
  const within = (parts: unknown, names: Set<unknown>) =>
    records(parts).filter(({ name }) => names.has(name));
  if (devices.disks) devices.disks = within(devices.disks, namesOf(template.volumes));
  if (devices.interfaces) devices.interfaces = within(devices.interfaces, namesOf(template.networks));
  if (template.networks) template.networks = within(template.networks, namesOf(devices.interfaces));
  // From the first moment on: a cluster with a pool of addresses refuses one that the original has.
  if (devices.interfaces) {
    devices.interfaces = records(devices.interfaces).map((nic, index) => {
      const mac = macOf(index);
      return mac === null ? nic : { ...nic, macAddress: mac };
    });
  }
  return machine;
}

/**
 * The disks of a clone. Not templates of its machine: of those KubeVirt asks whether the service account of the machine's
 * namespace may read the original's, and not whether the requester may, as CDI does of a DataVolume.
 */
export function copiedDisks(
  input: CloneInput,
  claims: Readonly<Record<string, CopiedClaim>>,
  operation: Pick<OperationRecord, 'id' | 'requestId' | 'requestedBy' | 'project'>,
  machineUid: string,
): KubeObject[] {
  const owner = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    name: input.name,
    uid: machineUid,
    controller: true,
  };
  return Object.entries(claims).map(([volume, claim]) => {
    const copy = copyOf(input.source.project.namespace, claim);
    return {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: {
        name: diskName(input.name, volume),
        namespace: operation.project.namespace,
        annotations: { ...provenance(operation), ...copy.annotations },
        ownerReferences: [owner],
      },
      spec: copy.spec,
    };
  });
}

function copyOf(namespace: string, from: CopiedClaim): { annotations: Record<string, string>; spec: Part } {
  return {
    // Storage that waits for its first consumer would wait for as long as the machine is off.
    annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' },
    spec: {
      source: { pvc: { namespace, name: from.claim } },
      storage: {
        resources: { requests: { storage: from.size } },
        ...(from.storageClass !== null && { storageClassName: from.storageClass }),
        ...(from.accessModes.length > 0 && { accessModes: from.accessModes }),
        ...(from.volumeMode !== null && { volumeMode: from.volumeMode }),
      },
    },
  };
}

/** What a PersistentVolumeClaim says about its copy; null where it says no size. */
export function claimToCopy(object: {
  metadata: { name: string };
  spec?: unknown;
  status?: unknown;
}): CopiedClaim | null {
  const spec = record(object.spec);
  const size =
    text(record(record(object.status).capacity).storage, 32) ??
    text(record(record(spec.resources).requests).storage, 32);
  if (size === null) return null;
  return {
    claim: object.metadata.name,
    size,
    storageClass: text(spec.storageClassName),
    accessModes: Array.isArray(spec.accessModes) ? spec.accessModes.map(String) : [],
    volumeMode: text(spec.volumeMode, 32),
  };
}
