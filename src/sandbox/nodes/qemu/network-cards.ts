import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { GuestInterface } from '../node-driver.js';
import type { GuestFiles } from './guest-files.js';

/** QEMU's model for the names that KubeVirt's API takes. */
const interfaceModels: Record<string, string> = {
  virtio: 'virtio-net-pci',
  'virtio-non-transitional': 'virtio-net-pci',
  'virtio-transitional': 'virtio-net-pci',
  e1000: 'e1000',
  e1000e: 'e1000e',
  rtl8139: 'rtl8139',
  ne2k_pci: 'ne2k_pci',
  pcnet: 'pcnet',
};

/** PCIe root ports, all on one slot of the root: what is plugged in later needs one, and so does what shall come out. */
export const cardPorts = 4;
const portSlot = '0x1c';

export const cardId = (name: string) => `nic-${name}`;
export const netdevId = (name: string) => `net-${name}`;

/** The cards that a guest starts with. Throws an Error in words for what QEMU cannot give. */
export function cardArguments(cards: readonly GuestInterface[], files: GuestFiles): string[][] {
  const placed = withPorts(cards);
  return [
    ...Array.from({ length: cardPorts }, (_, port) => [
      '-device',
      JSON.stringify({
        driver: 'pcie-root-port',
        id: portId(port),
        chassis: port + 1,
        addr: `${portSlot}.${port}`,
        multifunction: true,
      }),
    ]),
    ...placed.flatMap((card, index) =>
      card.network === undefined ? podCard(card, index) : secondaryCard(card, files),
    ),
  ];
}

/** Behind QEMU's own small router, which only lets out. */
function podCard(card: GuestInterface, index: number): string[][] {
  return [
    ['-netdev', `user,id=net${index}`],
    [
      '-device',
      JSON.stringify({
        driver: driverOf(card),
        id: `card${index}`,
        netdev: `net${index}`,
        mac: card.mac,
        ...boots(card),
      }),
    ],
  ];
}

function secondaryCard(card: GuestInterface, files: GuestFiles): string[][] {
  return [
    ['-netdev', JSON.stringify(segment(card, files))],
    ['-device', JSON.stringify(cardDevice(card))],
  ];
}

/**
 * One segment for every guest of the same sandbox on the same network: a multicast group of the loopback interface. It
 * needs nobody to pass frames on, so it outlives the sandbox, and a guest that moves stays on it.
 */
export function segment({ name, network }: GuestInterface, files: GuestFiles): Record<string, unknown> {
  const hash = createHash('sha256')
    .update(`${dirname(files.directory)}\0${network}`)
    .digest();
  const port = 20_000 + (hash.readUInt16BE(3) % 40_000);
  return {
    type: 'socket',
    id: netdevId(name),
    mcast: `239.${hash[0]}.${hash[1]}.${hash[2]}:${port}`,
    localaddr: '127.0.0.1',
  };
}

export function cardDevice(card: GuestInterface): Record<string, unknown> {
  return {
    driver: driverOf(card),
    id: cardId(card.name),
    netdev: netdevId(card.name),
    mac: card.mac,
    bus: portId(card.port ?? 0),
    ...boots(card),
  };
}

/** Without its option ROM (PXE) where it is not to boot: that would only delay a guest that boots from disk. */
const boots = ({ bootOrder }: GuestInterface): Record<string, unknown> =>
  bootOrder === undefined ? { romfile: '' } : { bootindex: bootOrder };

export const portId = (port: number) => `card-port${port}`;

/** Each card of a secondary network with the port that it has, or the first that is free. */
export function withPorts(cards: readonly GuestInterface[]): GuestInterface[] {
  const taken = new Set(cards.map(({ port }) => port));
  return cards.map((card) => {
    if (card.network === undefined || card.port !== undefined) return card;
    const port = freePort(taken);
    taken.add(port);
    return { ...card, port };
  });
}

/** Throws an Error in words where there is none. */
export function freePort(taken: ReadonlySet<number | undefined>): number {
  for (let port = 0; port < cardPorts; port += 1) if (!taken.has(port)) return port;
  throw new Error(`A guest has at most ${cardPorts} interfaces on secondary networks`);
}

function driverOf({ name, model }: GuestInterface): string {
  const driver = interfaceModels[model];
  if (!driver) throw new Error(`Interface ${name}: no such model: ${model}`);
  return driver;
}
