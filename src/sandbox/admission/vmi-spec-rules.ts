import { quantityBytes } from '../controllers/quantity.js';
import type { Untyped } from '../store/kube-object.js';
import { healthCauses } from './vmi-health-rules.js';
import { type Cause, invalidField, requiredField } from './webhook-refusal.js';

const BUSES = ['virtio', 'scsi', 'sata', 'usb'];
const MODELS = ['e1000', 'e1000e', 'igb', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio'];
const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
const CLOUD_INIT_LIMIT = 2048;
const SUPPORTED_VOLUMES = [
  'dataVolume',
  'persistentVolumeClaim',
  'containerDisk',
  'cloudInitNoCloud',
  'cloudInitConfigDrive',
  'sysprep',
];
const KNOWN_VOLUMES = [
  ...SUPPORTED_VOLUMES,
  'configMap',
  'downwardAPI',
  'downwardMetrics',
  'emptyDisk',
  'ephemeral',
  'hostDisk',
  'memoryDump',
  'secret',
  'serviceAccount',
];

/**
 * What KubeVirt's webhook finds wrong with a VMI spec below the given field, in its words.
 * `sized`: an instance type brings CPU and memory.
 */
export function vmiSpecCauses(field: string, spec: Untyped, sized: boolean): Cause[] {
  return [
    ...volumeCauses(`${field}.volumes`, spec.volumes ?? []),
    ...diskCauses(`${field}.domain.devices.disks`, spec.domain?.devices?.disks ?? [], spec.volumes ?? []),
    ...bootOrderCauses(`${field}.domain.devices`, spec.domain?.devices ?? {}),
    ...networkCauses(field, spec),
    ...credentialCauses(`${field}.accessCredentials`, spec),
    ...(sized ? [] : memoryCauses(field, spec.domain ?? {})),
    ...cpuCauses(`${field}.domain.cpu`, spec.domain?.cpu),
    ...healthCauses(field, spec),
    ...(spec.terminationGracePeriodSeconds < 0
      ? [
          invalidField(
            `${field}.terminationGracePeriodSeconds`,
            `${field}.terminationGracePeriodSeconds must be greater than or equal to 0.`,
          ),
        ]
      : []),
  ];
}

function volumeCauses(field: string, volumes: Untyped[]): Cause[] {
  const causes = duplicates(field, volumes);
  let cloudInits = 0;
  volumes.forEach((volume, index) => {
    const at = `${field}[${index}]`;
    if (!volume.name) causes.push(requiredField(`${at}.name`, `${at}.name must not be empty`));
    const sources = KNOWN_VOLUMES.filter((source) => volume[source]);
    if (sources.length !== 1) {
      causes.push(invalidField(at, `${at} must have exactly one source type set`));
      return;
    }
    const source = sources[0] as string;
    if (!SUPPORTED_VOLUMES.includes(source)) {
      causes.push({
        reason: 'FieldValueNotSupported',
        message: `${at}.${source} is not supported by the sandbox`,
        field: `${at}.${source}`,
      });
    }
    if (source === 'dataVolume' && !volume.dataVolume.name) {
      causes.push(requiredField(`${at}.name`, `DataVolume 'name' must be set`));
    }
    if (source.startsWith('cloudInit')) {
      cloudInits += 1;
      causes.push(...cloudInitCauses(`${at}.${source}`, volume[source]));
    }
  });
  if (cloudInits > 1)
    causes.push(invalidField(field, `${field} must not have more than one cloudInit volume set`));
  return causes;
}

function cloudInitCauses(field: string, source: Untyped): Cause[] {
  const causes: Cause[] = [];
  for (const [name, secret] of [
    ['userData', 'secretRef'],
    ['networkData', 'networkDataSecretRef'],
  ] as const) {
    const given = [source[name], source[`${name}Base64`], source[secret]?.name].filter(Boolean);
    if (given.length > 1) {
      causes.push(invalidField(field, `${field} must have only one ${name.toLowerCase()} source set.`));
    }
    const encoded = source[`${name}Base64`];
    if (encoded && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) {
      causes.push(
        invalidField(`${field}.${name}Base64`, `${field}.${name}Base64 is not a valid base64 value.`),
      );
    }
    const size = source[name] ? Buffer.byteLength(source[name]) : Buffer.from(encoded ?? '', 'base64').length;
    if (size > CLOUD_INIT_LIMIT) {
      causes.push(
        invalidField(
          `${field}.${name}`,
          `${field} ${name.toLowerCase()} exceeds ${CLOUD_INIT_LIMIT} byte limit. Should use UserDataSecretRef for larger data.`,
        ),
      );
    }
  }
  return causes;
}

function credentialCauses(field: string, { accessCredentials, volumes = [] }: Untyped): Cause[] {
  return (accessCredentials ?? []).flatMap((credential: Untyped, index: number): Cause[] => {
    const at = `${field}[${index}]`;
    const kinds = ['sshPublicKey', 'userPassword'].filter((kind) => credential[kind]);
    if (kinds.length !== 1)
      return [invalidField(at, `${at} must have exactly one access credential type set`)];
    const { source, propagationMethod = {} } = credential[kinds[0] as string];
    const causes: Cause[] = [];
    if (!source?.secret?.secretName) {
      causes.push(invalidField(`${at}.source`, `${at}.source must have exactly one source type set`));
    }
    const methods = ['qemuGuestAgent', 'configDrive', 'noCloud'].filter((one) => propagationMethod[one]);
    if (methods.length !== 1) {
      const propagation = `${at}.propagationMethod`;
      return [
        ...causes,
        invalidField(propagation, `${propagation} must have exactly one propagation type set`),
      ];
    }
    if (kinds[0] === 'sshPublicKey' && methods[0] === 'qemuGuestAgent') {
      const { users } = propagationMethod.qemuGuestAgent;
      const where = `${at}.qemuGuestAgent.users`;
      if (!users?.length)
        causes.push(invalidField(where, `${where} requires at least one user to be present`));
    }
    const volume = { configDrive: 'cloudInitConfigDrive', noCloud: 'cloudInitNoCloud' }[methods[0] as string];
    if (volume && !volumes.some((one: Untyped) => one[volume])) {
      const method = `${at}.propagationMethod`;
      causes.push(invalidField(method, `${method} requires a ${volume} volume to be set`));
    }
    return causes;
  });
}

function diskCauses(field: string, disks: Untyped[], volumes: Untyped[]): Cause[] {
  const causes = duplicates(field, disks);
  const names = new Set(volumes.map((volume) => volume.name));
  disks.forEach((disk, index) => {
    const at = `${field}[${index}]`;
    // A drive may be empty (KubeVirt's gate DeclarativeHotplugVolumes).
    if (!names.has(disk.name) && !disk.cdrom) {
      causes.push(invalidField(`${at}.name`, `${at}.Name '${disk.name}' not found.`));
    }
    const kinds = ['disk', 'lun', 'cdrom'].filter((kind) => disk[kind]);
    if (kinds.length > 1) causes.push(invalidField(at, `${at} can only have a single target type defined`));
    const kind = kinds[0];
    const bus = kind && disk[kind].bus;
    if (bus && !BUSES.includes(bus)) {
      causes.push(
        invalidField(
          `${at}.${kind}.bus`,
          `${at} is set with an unrecognized bus ${bus}, must be one of: [${BUSES.join(' ')}]`,
        ),
      );
    } else if (kind === 'cdrom' && bus === 'virtio') {
      causes.push(invalidField(`${at}.cdrom.bus`, `Bus type virtio is invalid for CD-ROM device`));
    }
  });
  return causes;
}

/** Disks and interfaces share one order. */
function bootOrderCauses(field: string, { disks = [], interfaces = [] }: Untyped): Cause[] {
  const taken = new Set<number>();
  const causesOf = (list: string) => (device: Untyped, index: number) => {
    const { bootOrder } = device;
    const at = `${field}.${list}[${index}]`;
    if (bootOrder === undefined) return [];
    if (bootOrder < 1) {
      return [invalidField(`${at}.bootOrder`, `${at} must have a boot order > 0, if supplied`)];
    }
    if (taken.has(bootOrder)) {
      const message = `Boot order for ${at}.bootOrder already set for a different device.`;
      return [invalidField(`${at}.bootOrder`, message)];
    }
    taken.add(bootOrder);
    return [];
  };
  return [...disks.flatMap(causesOf('disks')), ...interfaces.flatMap(causesOf('interfaces'))];
}

function networkCauses(field: string, spec: Untyped): Cause[] {
  const interfaces: Untyped[] = spec.domain?.devices?.interfaces ?? [];
  const networks: Untyped[] = spec.networks ?? [];
  const interfacesField = `${field}.domain.devices.interfaces`;
  const causes = [...duplicates(interfacesField, interfaces), ...duplicates(`${field}.networks`, networks)];
  interfaces.forEach((one, index) => {
    const at = `${interfacesField}[${index}]`;
    if (!networks.some((network) => network.name === one.name)) {
      causes.push(invalidField(`${at}.name`, `${at}.name '${one.name}' not found.`));
    }
    const network = networks.find(({ name }) => name === one.name);
    if (one.masquerade && network && !network.pod) {
      causes.push(invalidField(`${at}.name`, 'Masquerade interface only implemented with pod network'));
    }
    if (one.model && !MODELS.includes(one.model)) {
      causes.push({
        reason: 'FieldValueNotSupported',
        message: `interface ${at}.name uses model ${one.model} that is not supported.`,
        field: `${at}.model`,
      });
    }
    if (one.state && !['up', 'down', 'absent'].includes(one.state)) {
      const message = `logical ${one.name} interface state value is unsupported: ${one.state}`;
      causes.push(invalidField(`${at}.state`, message));
    } else if (one.state === 'absent' && !one.bridge) {
      const message = `"${one.name}" interface's state "absent" is supported only for bridge binding`;
      causes.push(invalidField(`${at}.state`, message));
    }
    causes.push(...portCauses(at, one.ports ?? []));
    if (one.macAddress && !MAC.test(one.macAddress)) {
      causes.push(
        invalidField(`${at}.macAddress`, `interface ${at} has malformed MAC address (${one.macAddress}).`),
      );
    }
  });
  networks.forEach((network, index) => {
    const at = `${field}.networks[${index}]`;
    if (!network.pod && !network.multus) {
      causes.push(requiredField(at, 'should have a network type'));
    }
    if (network.multus && !network.multus.networkName) {
      causes.push(requiredField(at, 'CNI delegating plugin must have a networkName'));
    }
    if (!interfaces.some((one) => one.name === network.name)) {
      causes.push(requiredField(`${at}.name`, `${at}.name '${network.name}' not found.`));
    }
  });
  if (networks.filter((network) => network.pod).length > 1) {
    causes.push(
      invalidField(
        `${field}.interfaces`,
        `more than one interface is connected to a pod network in ${field}.interfaces`,
      ),
    );
  }
  return causes;
}

function portCauses(field: string, ports: Untyped[]): Cause[] {
  return ports.flatMap(({ port, protocol }, index): Cause[] => {
    const at = `${field}.ports[${index}]`;
    if (port === undefined) return [requiredField(at, 'Port field is mandatory.')];
    if (!(port > 0 && port < 65536)) {
      return [invalidField(at, 'Port field must be in range 0 < x < 65536.')];
    }
    return protocol && !['TCP', 'UDP'].includes(protocol)
      ? [invalidField(`${at}.protocol`, 'Unknown protocol, only TCP or UDP allowed')]
      : [];
  });
}

function memoryCauses(field: string, domain: Untyped): Cause[] {
  const quantities: [string, unknown][] = [
    [`${field}.domain.memory.guest`, domain.memory?.guest],
    [`${field}.domain.resources.requests.memory`, domain.resources?.requests?.memory],
    [`${field}.domain.resources.limits.memory`, domain.resources?.limits?.memory],
  ];
  const given = quantities.filter(([, quantity]) => quantity !== undefined);
  if (given.length === 0 && !domain.memory?.hugepages) {
    return [
      requiredField(
        `${field}.domain.memory`,
        "no memory requested, at least one of 'domain.memory.guest', 'domain.memory.hugepages.size' or 'domain.resources.requests.memory' must be set",
      ),
    ];
  }
  const causes: Cause[] = [];
  for (const [at, quantity] of given) {
    const bytes = quantityBytes(quantity);
    if (bytes === undefined) {
      causes.push(
        invalidField(
          at,
          `${at}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
        ),
      );
    } else if (bytes <= 0n) {
      causes.push(invalidField(at, `${at} '${quantity}': must be greater than or equal to 0.`));
    }
  }
  return causes;
}

function cpuCauses(field: string, cpu: Untyped): Cause[] {
  if (cpu?.maxSockets && cpu.sockets > cpu.maxSockets) {
    const message = 'Number of sockets in CPU topology is greater than the maximum sockets allowed';
    return [invalidField(`${field}.sockets`, message)];
  }
  return ['cores', 'sockets', 'threads'].flatMap((part) =>
    cpu?.[part] < 0 || cpu?.[part] > 4096
      ? [invalidField(`${field}.${part}`, `${field}.${part} must be between 0 and 4096`)]
      : [],
  );
}

function duplicates(field: string, named: Untyped[]): Cause[] {
  const causes: Cause[] = [];
  named.forEach((one, index) => {
    const twin = named.findIndex((other) => other.name === one.name);
    if (twin < index) {
      causes.push({
        reason: 'FieldValueDuplicate',
        message: `${field}[${index}] and ${field}[${twin}] must not have the same Name.`,
        field: `${field}[${index}].name`,
      });
    }
  });
  return causes;
}
