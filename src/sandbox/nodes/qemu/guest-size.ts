import type { GuestSpec } from '../node-driver.js';
import type { QmpClient } from './qmp-client.js';

const added = 'added-memory';
/** virtio-mem gives memory in blocks of this many bytes (a huge page of x86-64). */
const block = 2n * 1024n * 1024n;
/** What QEMU's q35 machine takes without an IOMMU. */
const mostVcpus = 240;

type Size = Pick<GuestSpec, 'vcpus' | 'memoryBytes' | 'addedMemoryBytes' | 'growth'>;

/**
 * Processors and memory, with room to add both while the guest runs: processors by ACPI, memory by virtio-mem, as in
 * KubeVirt. What was added before (to a guest that moves here) is there from the start.
 */
export function sizeArguments(spec: Size): string[][] {
  const { vcpus, memoryBytes, growth } = spec;
  const memory = `${Math.ceil(Number(memoryBytes) / 1024)}K`;
  if (!growth) {
    return [
      ['-smp', String(vcpus)],
      ['-m', memory],
    ];
  }
  const { cores, threads, maxMemoryBytes } = growth;
  const perSocket = cores * threads;
  const mostSockets = Math.max(vcpus, Math.min(growth.maxVcpus, mostVcpus)) / perSocket;
  const sockets = Math.floor(mostSockets);
  const smp = `${vcpus},maxcpus=${sockets * perSocket},sockets=${sockets},cores=${cores},threads=${threads}`;
  const region = roomBytes(spec);
  if (maxMemoryBytes === null || region === 0n) {
    return [
      ['-smp', smp],
      ['-m', memory],
    ];
  }
  return [
    ['-smp', smp],
    // QEMU aligns the region by itself, for which it wants some room.
    ['-m', `size=${memory},maxmem=${Math.ceil(Number(maxMemoryBytes + 1024n ** 3n) / 1024)}K`],
    [
      '-object',
      JSON.stringify({
        'qom-type': 'memory-backend-ram',
        id: 'added',
        size: Number(region),
        reserve: false,
      }),
    ],
    [
      '-device',
      JSON.stringify({
        driver: 'virtio-mem-pci',
        id: added,
        memdev: 'added',
        'requested-size': Number(spec.addedMemoryBytes ?? 0n),
      }),
    ],
  ];
}

function roomBytes({ memoryBytes, growth }: Size): bigint {
  const room = (growth?.maxMemoryBytes ?? 0n) - memoryBytes;
  return room > 0n ? (room / block) * block : 0n;
}

/** What the guest has now; memory as far as it has taken it. */
export async function sizeNow(qmp: QmpClient): Promise<{ vcpus: number; memoryBytes: number }> {
  const processors = await qmp.execute<unknown[]>('query-cpus-fast');
  const memory = await qmp.execute<{ 'base-memory': number; 'plugged-memory'?: number }>(
    'query-memory-size-summary',
  );
  return {
    vcpus: processors.length,
    memoryBytes: memory['base-memory'] + (memory['plugged-memory'] ?? 0),
  };
}

interface Seat {
  type: string;
  props: Record<string, number>;
  'qom-path'?: string;
}

/** Adds processors up to `vcpus`, socket by socket. Throws an Error in words where there is no room. */
export async function addVcpus(qmp: QmpClient, vcpus: number): Promise<void> {
  const seats = await qmp.execute<Seat[]>('query-hotpluggable-cpus');
  const place = ({ props }: Seat) =>
    ((props['socket-id'] ?? 0) * 4096 + (props['core-id'] ?? 0)) * 16 + (props['thread-id'] ?? 0);
  const free = seats.filter((seat) => !seat['qom-path']).sort((one, other) => place(one) - place(other));
  const missing = vcpus - (seats.length - free.length);
  if (missing > free.length)
    throw new Error(`The guest has room for ${seats.length} processors, not ${vcpus}`);
  for (const { type, props } of free.slice(0, Math.max(0, missing))) {
    const id = `cpu-${props['socket-id'] ?? 0}-${props['core-id'] ?? 0}-${props['thread-id'] ?? 0}`;
    await qmp.execute('device_add', { driver: type, id, ...props });
  }
}

/** Offers the guest so much memory besides what it booted with; it takes it as it can. Returns the bytes offered. */
export async function offerMemory(qmp: QmpClient, spec: Size, memoryBytes: bigint): Promise<bigint> {
  const wanted = ((memoryBytes - spec.memoryBytes) / block) * block;
  const room = roomBytes(spec);
  if (wanted <= (spec.addedMemoryBytes ?? 0n)) return spec.addedMemoryBytes ?? 0n;
  if (wanted > room) {
    throw new Error(`The guest has room for ${spec.memoryBytes + room} bytes of memory, not ${memoryBytes}`);
  }
  const path = `/machine/peripheral/${added}`;
  await qmp.execute('qom-set', { path, property: 'requested-size', value: Number(wanted) });
  return wanted;
}
