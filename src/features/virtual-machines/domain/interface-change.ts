import { defineFailure } from '../../../kernel/failure.js';
import { withRoomAt } from './boot-order.js';

export const vmInterfaceNotFound = defineFailure(
  'vm.interface_not_found',
  'not_found',
  'The virtual machine has no such interface',
);
export const vmInterfaceTimeout = defineFailure(
  'vm.interface_timeout',
  'timeout',
  'The running machine did not take the interface in time; it was taken back',
  'Stop the virtual machine and attach the interface then.',
);
export const vmInterfaceHeld = defineFailure(
  'vm.interface_held',
  'timeout',
  'The running machine does not let go of the interface',
  'It goes as soon as the guest lets it, or when the machine restarts.',
);

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
const fields = (value: unknown): Fields => (value ?? {}) as Fields;

interface MachineSpec {
  template?: { spec?: unknown };
}

/** KubeVirt's halves of one interface. */
export interface InterfaceParts {
  device: Fields & { name: string };
  network: Fields;
}

interface Networking {
  interfaces: Fields[];
  networks: Fields[];
}

/** What a machine is on: the pod network, where it names nothing and does not refuse it. */
function networking(spec: MachineSpec): Networking {
  const template = fields(spec.template?.spec);
  const devices = fields(fields(template.domain).devices);
  const interfaces = list(devices.interfaces);
  const networks = list(template.networks);
  if (interfaces.length === 0 && networks.length === 0 && devices.autoattachPodInterface !== false) {
    return {
      interfaces: [{ name: 'default', masquerade: {} }],
      networks: [{ name: 'default', pod: {} }],
    };
  }
  return { interfaces, networks };
}

const patchOf = ({ interfaces, networks }: Networking, more: { disks?: Fields[] } = {}) => ({
  spec: {
    template: {
      spec: {
        networks,
        domain: {
          devices: {
            ...more,
            interfaces,
            ...(interfaces.length === 0 && { autoattachPodInterface: false }),
          },
        },
      },
    },
  },
});

/** The merge patch that puts an interface in; null where it is in. Arrays are written whole: guard it by resourceVersion. */
export function attachInterfacePatch(spec: MachineSpec, { device, network }: InterfaceParts): object | null {
  const { interfaces, networks } = networking(spec);
  if (interfaces.some(({ name }) => name === device.name)) return null;
  const disks = list(fields(fields(fields(spec.template?.spec).domain).devices).disks);
  const place = typeof device.bootOrder === 'number' ? device.bootOrder : null;
  const others = withRoomAt({ disks, interfaces }, place);
  const moved = others.disks === disks ? {} : { disks: others.disks };
  return patchOf({ interfaces: [...others.interfaces, device], networks: [...networks, network] }, moved);
}

/**
 * The merge patch that takes an interface out; null where it is out or was asked out already. `hot`: KubeVirt takes it out of
 * the guest first and removes it from the specification itself.
 */
export function detachInterfacePatch(spec: MachineSpec, name: string, hot: boolean): object | null {
  const { interfaces, networks } = networking(spec);
  const found = interfaces.find((one) => one.name === name);
  if (!found || (hot && found.state === 'absent')) return null;
  if (hot) {
    const absent = interfaces.map((one) => (one === found ? { ...one, state: 'absent' } : one));
    return patchOf({ interfaces: absent, networks });
  }
  const others = (all: Fields[]) => all.filter((one) => one.name !== name);
  return patchOf({ interfaces: others(interfaces), networks: others(networks) });
}
