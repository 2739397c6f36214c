import { createHash } from 'node:crypto';
import { isDnsLabel } from '../../../kernel/dns-name.js';
import { defineFailure } from '../../../kernel/failure.js';

export const vmMacTaken = defineFailure(
  'vm.mac_taken',
  'conflict',
  'Another machine of the cluster has the MAC address',
  'Give another one, or none: then one is made.',
);

/** Where what is wrong is told, field by field. */
interface Problems {
  at(pointer: string, code: string, message: string): void;
}

export const INTERFACE_MODELS = ['virtio', 'e1000e', 'e1000', 'rtl8139'] as const;
export type InterfaceModel = (typeof INTERFACE_MODELS)[number];
export const PORT_PROTOCOLS = ['TCP', 'UDP'] as const;
export type PortProtocol = (typeof PORT_PROTOCOLS)[number];

export const MAX_INTERFACES = 16;
const MAX_PORTS = 32;

export interface PortBody {
  port: number;
  protocol?: PortProtocol | null;
  name?: string | null;
}

/** An element of `networks` of a create, and the body of `POST /vms/{vm}/interfaces`. */
export interface InterfaceBody {
  network: string;
  name?: string | null;
  mac?: string | null;
  model?: InterfaceModel | null;
  ports?: PortBody[] | null;
  /** The firmware boots from the network by it (PXE); 1 boots first. */
  bootOrder?: number | null;
}

/** A checked interface. */
export interface InterfaceSpec {
  name: string;
  /** As Multus knows it; null on the pod network. */
  multusName: string | null;
  /** Null: one is made of the operation that makes the interface, and stays. */
  mac: string | null;
  model: InterfaceModel | null;
  /** The only ports that reach the guest on the pod network; empty: all do. */
  ports: { port: number; protocol: PortProtocol; name: string | null }[];
  bootOrder: number | null;
}

export const DEFAULT_INTERFACE: InterfaceSpec = Object.freeze({
  name: 'default',
  multusName: null,
  mac: null,
  model: null,
  ports: [],
  bootOrder: null,
});

/** Where in the request it is, for pointers, and what the machine has already. */
export interface InterfacePlace {
  pointer: string;
  taken: ReadonlySet<string>;
  multusName: string | null;
}

/** Adds what is wrong to the problems. Names that are taken are the caller's to refuse where they were given. */
export function specifyInterface(
  body: InterfaceBody,
  { pointer, taken, multusName }: InterfacePlace,
  problems: Problems,
): InterfaceSpec {
  const name = body.name ?? freeName(multusName === null ? 'default' : body.network, taken);
  if (!isDnsLabel(name) || name.length > 63) {
    const message = 'An interface is named by at most 63 lower-case letters, digits and "-".';
    problems.at(`${pointer}/name`, 'interface.name', message);
  } else if (taken.has(name)) {
    problems.at(`${pointer}/name`, 'interface.name_taken', `The machine has an interface "${name}".`);
  }
  const mac = body.mac ? normalMac(body.mac) : null;
  if (body.mac && mac === null) {
    const message = 'A MAC address has six octets, of which the first is even: "02:00:00:12:34:56".';
    problems.at(`${pointer}/mac`, 'interface.mac', message);
  }
  const ports = body.ports ?? [];
  if (ports.length > 0 && multusName !== null) {
    problems.at(
      `${pointer}/ports`,
      'interface.ports',
      'Only the pod network has ports: others pass everything.',
    );
  }
  if (ports.length > MAX_PORTS) {
    problems.at(`${pointer}/ports`, 'interface.ports', `At most ${MAX_PORTS} ports.`);
  }
  ports.forEach(({ port, name: portName }, index) => {
    if (port < 1 || port > 65535) {
      problems.at(
        `${pointer}/ports/${index}/port`,
        'interface.port',
        'A port is a whole number from 1 to 65535.',
      );
    }
    if (portName && (!isDnsLabel(portName) || portName.length > 15)) {
      const message = 'A port is named by at most 15 lower-case letters, digits and "-".';
      problems.at(`${pointer}/ports/${index}/name`, 'interface.port_name', message);
    }
  });
  return {
    name,
    multusName,
    mac,
    model: body.model ?? null,
    ports: ports.map((one) => ({
      port: one.port,
      protocol: one.protocol ?? 'TCP',
      name: one.name ?? null,
    })),
    bootOrder: body.bootOrder ?? null,
  };
}

function freeName(network: string, taken: ReadonlySet<string>): string {
  const last = network.slice(network.lastIndexOf('/') + 1).replace(/[^a-z0-9-]/g, '-');
  const base = last.slice(0, 58).replace(/^-+|-+$/g, '') || 'net';
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Lower case with colons; null for what is no address of one card. */
export function normalMac(text: string): string | null {
  const mac = text.replaceAll('-', ':').toLowerCase();
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) || mac === '00:00:00:00:00:00') return null;
  // The lowest bit of the first octet means a group of cards.
  return Number.parseInt(mac.slice(0, 2), 16) % 2 === 0 ? mac : null;
}

/** A locally administered address, the same for the same operation and interface: a repeated job makes no other. */
export function madeMac(operationId: string, interfaceName: string): string {
  const digest = createHash('sha256').update(`${operationId}\0${interfaceName}\0mac`).digest('hex');
  return ['02', ...(digest.slice(0, 10).match(/../g) ?? [])].join(':');
}

/** KubeVirt's two halves of it: `domain.devices.interfaces` and `networks`. */
export function interfaceManifest(spec: InterfaceSpec, operationId: string, defaultModel: string | null) {
  const { name, multusName, ports } = spec;
  const model = spec.model ?? defaultModel;
  return {
    device: {
      name,
      ...(multusName === null ? { masquerade: {} } : { bridge: {} }),
      ...(model !== null && { model }),
      macAddress: spec.mac ?? madeMac(operationId, name),
      ...(spec.bootOrder && { bootOrder: spec.bootOrder }),
      ...(ports.length > 0 && {
        ports: ports.map((one) => ({
          port: one.port,
          protocol: one.protocol,
          ...(one.name !== null && { name: one.name }),
        })),
      }),
    },
    network: { name, ...(multusName === null ? { pod: {} } : { multus: { networkName: multusName } }) },
  };
}
