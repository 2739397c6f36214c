import { checkLabels } from '../../../kernel/labels.js';
import { SSH_ANNOTATION } from '../../ssh-keys/ssh-access.contract.js';
import { isSshSecretName } from '../ssh-secret.contract.js';
import { type Allowed, anything, list, map, object, opened, value, valueIf } from './allow-list.js';
import { ANNOTATION, DELETE_PROTECTION_LABEL } from './names.js';
import { TRASH_ANNOTATION } from './trash.js';

// All that a tenant's VirtualMachine may hold. A field that is not written here does not reach the cluster, whoever
// adds it to a manifest: volumes of the host, its devices, service accounts, sidecars, schedulers, network bindings
// that reach the host, and annotations and labels that controllers act on are absent on purpose.

/** Labels that virtgate itself sets on a machine. */
const OWN_LABELS = new Set([DELETE_PROTECTION_LABEL, 'virtgate.io/trashed', 'virtgate.io/trashed-at']);
const OWN_ANNOTATIONS = new Set<string>([...Object.values(ANNOTATION), TRASH_ANNOTATION, SSH_ANNOTATION]);
/** What KubeVirt's own tools set on the template for its guest to be found by. */
const TEMPLATE_LABELS = new Set(['kubevirt.io/domain', 'kubevirt.io/vm', 'kubevirt.io/size']);
const BIND_IMMEDIATELY = 'cdi.kubevirt.io/storage.bind.immediate.requested';
/** Secrets with these names are made by virtgate for a machine, and by nobody else in a project's namespace. */
const MACHINE_SECRET = /-(cloudinit|networkdata|sysprep)-[0-9a-f]{8}$/;

/** Well formed, and of no domain that controllers act on. */
const userLabel = (key: string): boolean => checkLabels({ [key]: '' }).length === 0;
const machineSecret = object({ name: valueIf((name) => MACHINE_SECRET.test(String(name))) });
const sshSecret = object({ secretName: valueIf((name) => isSshSecretName(String(name))) });
/** An attachment of another namespace is another tenant's, or the platform's to share. */
const ownNetwork = valueIf((name, { namespace, open: { networkNamespaces } }) => {
  const [place = '', rest] = String(name).split('/');
  if (rest === undefined || place === namespace) return true;
  return networkNamespaces === 'all' || networkNamespaces.includes(place);
});
const ownNamespace = valueIf((name, { namespace }) => name === namespace);

const amounts = object({ cpu: value, memory: value });
const port = object({ name: value, port: value, protocol: value });

/** No `exec`, which runs in the guest, and no `host`, which would let a node ask anybody. */
const probe = object({
  initialDelaySeconds: value,
  timeoutSeconds: value,
  periodSeconds: value,
  successThreshold: value,
  failureThreshold: value,
  httpGet: object({ path: value, port: value, scheme: value }),
  tcpSocket: object({ port: value }),
  guestAgentPing: object({}),
});

const cloudInit = object({
  userData: value,
  userDataBase64: value,
  networkData: value,
  networkDataBase64: value,
  secretRef: machineSecret,
  networkDataSecretRef: machineSecret,
});

const claim = object({ claimName: value, readOnly: value, hotpluggable: value });
const dataVolume = object({ name: value, hotpluggable: value });

const volume = object({
  name: value,
  dataVolume,
  persistentVolumeClaim: claim,
  emptyDisk: object({ capacity: value }),
  containerDisk: object({ image: value, imagePullPolicy: value, path: value }),
  cloudInitNoCloud: cloudInit,
  cloudInitConfigDrive: cloudInit,
  sysprep: object({ secret: machineSecret }),
  memoryDump: claim,
});

const device = object({ bus: value, readonly: value, tray: value });

export const DISK_DEVICE: Allowed = object({
  name: value,
  bootOrder: value,
  serial: value,
  cache: value,
  shareable: value,
  dedicatedIOThread: value,
  tag: value,
  disk: device,
  cdrom: device,
  lun: device,
});

const devices = object({
  disks: list(DISK_DEVICE),
  interfaces: list(
    object({
      name: value,
      model: value,
      macAddress: value,
      state: value,
      bootOrder: value,
      tag: value,
      masquerade: object({}),
      bridge: object({}),
      ports: list(port),
    }),
  ),
  inputs: list(object({ name: value, type: value, bus: value })),
  rng: object({}),
  tpm: object({ enabled: value, persistent: value }),
  watchdog: object({ name: value, i6300esb: object({ action: value }) }),
  autoattachGraphicsDevice: value,
  autoattachInputDevice: value,
  autoattachMemBalloon: value,
  autoattachPodInterface: value,
  autoattachSerialConsole: value,
  blockMultiQueue: value,
  disableHotplug: value,
  logSerialConsole: value,
  networkInterfaceMultiqueue: value,
});

const domain = object({
  cpu: object({
    sockets: value,
    maxSockets: value,
    cores: value,
    threads: value,
    model: opened('cpuModels', value),
    features: opened('cpuModels', list(object({ name: value, policy: value }))),
  }),
  memory: object({ guest: value, maxGuest: value }),
  resources: object({ requests: amounts, limits: amounts }),
  machine: object({ type: value }),
  clock: anything,
  features: object({
    acpi: object({ enabled: value }),
    apic: object({ enabled: value, endOfInterrupt: value }),
    smm: object({ enabled: value }),
    hyperv: anything,
  }),
  firmware: object({
    uuid: value,
    serial: value,
    bootloader: object({
      bios: object({ useSerial: value }),
      efi: object({ secureBoot: value, persistent: value }),
    }),
  }),
  ioThreadsPolicy: value,
  devices,
});

const template = object({
  metadata: object({
    creationTimestamp: value,
    labels: map((key) => userLabel(key) || TEMPLATE_LABELS.has(key)),
  }),
  spec: object({
    architecture: value,
    hostname: value,
    subdomain: value,
    terminationGracePeriodSeconds: value,
    evictionStrategy: value,
    startStrategy: value,
    readinessProbe: probe,
    livenessProbe: probe,
    nodeSelector: opened('placement', anything),
    affinity: opened('placement', anything),
    tolerations: opened('placement', anything),
    topologySpreadConstraints: opened('placement', anything),
    accessCredentials: list(
      object({
        sshPublicKey: object({
          source: object({ secret: sshSecret }),
          propagationMethod: object({
            qemuGuestAgent: object({ users: list(value) }),
            noCloud: object({}),
            configDrive: object({}),
          }),
        }),
      }),
    ),
    networks: list(
      object({
        name: value,
        pod: object({ vmNetworkCIDR: value, vmIPv6NetworkCIDR: value }),
        multus: object({ networkName: ownNetwork, default: value }),
      }),
    ),
    volumes: list(volume),
    domain,
  }),
});

const matcher = object({ kind: value, name: value, revisionName: value });
const storage = object({
  resources: object({ requests: object({ storage: value }) }),
  storageClassName: value,
  accessModes: list(value),
  volumeMode: value,
});

const dataVolumeTemplate = object({
  apiVersion: value,
  kind: value,
  metadata: object({
    name: value,
    namespace: ownNamespace,
    creationTimestamp: value,
    labels: map(userLabel),
    annotations: map((key) => key === BIND_IMMEDIATELY),
  }),
  spec: object({
    sourceRef: object({ kind: value, name: value, namespace: value }),
    source: object({
      blank: object({}),
      upload: object({}),
      http: object({ url: value }),
      registry: object({ url: value }),
      pvc: object({ namespace: ownNamespace, name: value }),
      snapshot: object({ namespace: ownNamespace, name: value }),
    }),
    storage,
    pvc: storage,
    contentType: value,
  }),
  status: anything,
});

const specFields = {
  runStrategy: value,
  running: value,
  instancetype: matcher,
  preference: matcher,
  dataVolumeTemplates: list(dataVolumeTemplate),
  template,
};
const machineSpec = object(specFields);

export const ALLOWED_MACHINE: Allowed = object({
  apiVersion: value,
  kind: value,
  metadata: object({
    name: value,
    namespace: ownNamespace,
    uid: value,
    resourceVersion: value,
    labels: map((key) => userLabel(key) || OWN_LABELS.has(key)),
    annotations: map((key) => OWN_ANNOTATIONS.has(key)),
  }),
  spec: machineSpec,
});

/**
 * Of a machine that somebody else may have made; its name and marks are not copied. Nor are its disks' templates: a
 * copy gets disks of its own, and a restore in place leaves marks of CDI's on them.
 */
export const ALLOWED_ORIGINAL: Allowed = object({
  spec: object({ ...specFields, dataVolumeTemplates: anything }),
});

/** Of `PUT .../addvolume` (AddVolumeOptions). */
export const ALLOWED_PLUG: Allowed = object({
  name: value,
  disk: DISK_DEVICE,
  volumeSource: object({ persistentVolumeClaim: claim, dataVolume }),
  dryRun: list(value),
});

const reference = object({
  apiGroup: value,
  kind: valueIf((kind) => kind === 'VirtualMachine'),
  name: value,
});
const marks = object({
  name: value,
  namespace: ownNamespace,
  labels: map(userLabel),
  annotations: map((key) => OWN_ANNOTATIONS.has(key)),
});

export const ALLOWED_CLONE: Allowed = object({
  apiVersion: value,
  kind: value,
  metadata: marks,
  spec: object({
    source: reference,
    target: reference,
    labelFilters: list(value),
    annotationFilters: list(value),
    newMacAddresses: map(() => true),
  }),
});

export const ALLOWED_RESTORE: Allowed = object({
  apiVersion: value,
  kind: value,
  metadata: marks,
  spec: object({ target: reference, virtualMachineSnapshotName: value, patches: list(value) }),
});
