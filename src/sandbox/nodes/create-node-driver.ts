import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { NodeDriver } from './node-driver.js';
import { type NodeLogger, silentLogger } from './node-logger.js';
import { probeKvm } from './qemu/kvm-probe.js';
import { QemuDriver } from './qemu/qemu-driver.js';
import { findQemuTools } from './qemu/qemu-tools.js';
import { probeSystemCallFilter } from './qemu/system-call-filter.js';
import { SimulatedDriver } from './simulated/simulated-driver.js';
import type { SimulatedTimings } from './simulated/simulated-guest.js';

export interface NodeDriverOptions {
  /** `auto` takes QEMU where `qemu-system-x86_64` and `qemu-img` are on PATH. */
  kind: 'auto' | 'qemu' | 'simulated';
  /** Made when it is not there; everything that outlives the sandbox is kept below it. */
  directory: string;
  logger?: NodeLogger;
  /** Tells when a grace period is over; timers are the machine's own. */
  clock?: { now(): Date };
  /** For the simulated driver. */
  timings?: Partial<SimulatedTimings>;
}

/** A guest is not kept waiting for the probe's verdict longer than this; it goes on beside. */
const probePatienceMs = 1_000;

/** Throws an Error in words when `kind` is `qemu` and this machine has none. */
export async function createNodeDriver(options: NodeDriverOptions): Promise<NodeDriver> {
  const { kind, logger = silentLogger } = options;
  await mkdir(options.directory, { recursive: true });
  // Processes are found again by paths in their command lines, whichever way the directory is named next time.
  const directory = await realpath(options.directory);
  const tools = kind === 'simulated' ? undefined : findQemuTools();
  if (!tools) {
    if (kind === 'qemu') {
      throw new Error('qemu-system-x86_64 and qemu-img are not on PATH');
    }
    return SimulatedDriver.create({ directory: resolve(directory, 'simulated'), timings: options.timings });
  }
  const kvm = probeKvm({ qemu: tools.system, cacheFile: resolve(directory, 'kvm-probe.json') });
  void kvm.then((verdict) => logger.info('KVM probed', { ...verdict }));
  const filtered = probeSystemCallFilter(tools.system);
  let patience: NodeJS.Timeout | undefined;
  await Promise.race([kvm, new Promise((done) => (patience = setTimeout(done, probePatienceMs)))]);
  clearTimeout(patience);
  return new QemuDriver({
    qemu: tools.system,
    guestsDirectory: resolve(directory, 'guests'),
    kvm,
    filtered,
    logger,
    clock: options.clock,
  });
}
