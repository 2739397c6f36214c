import { smaller } from './meters.js';

const MI = 1024n * 1024n;
const MILLION = 1_000_000n;

/**
 * What virt-launcher's pods need on top of a guest's memory, as KubeVirt computes it (pkg/hypervisor/kvm,
 * GetMemoryOverhead): page tables, launcher, monitor, libvirt and QEMU, each vCPU, the IO thread, graphics. A TPM and
 * dedicated CPUs, which a tenant may choose, are taken as given.
 */
const OVERHEAD_PER_MACHINE = (220n + 8n + 32n + 53n + 100n) * MI;
const OVERHEAD_PER_VCPU = 8n * MI;
const PAGE_TABLES_PART = 512n;
/** The container that keeps the serial console's log, which the overhead does not cover. */
const LOG_MEMORY = 35n * MILLION;
const LOG_MILLI_CPU = 5n;
/** Pods that hold hot-plugged disks for a running machine. */
const ATTACHMENTS = 8n;
const ATTACHMENT_MEMORY = 2n * MILLION;
const ATTACHMENT_MILLI_CPU = 10n;
/** Pods of imports, uploads, copies and exports at a time. */
const HELPERS = 20n;
const HELPER_MEMORY = 200n * MI;
const HELPER_MILLI_CPU = 100n;

/** What bounds the machines of a namespace, in bytes and numbers. Null: nothing does. */
export interface BudgetBasis {
  memory: bigint | null;
  vcpus: bigint | null;
  /** How many may run at a time. */
  machines: bigint | null;
  /** Of any one machine, present or on its way; each on its own. */
  largest: { memory: bigint; vcpus: bigint };
  /** How many migrations the cluster allows at a time: each has a second pod for a while. */
  parallelMigrations: bigint;
  /** KubeVirt's `additionalGuestMemoryOverheadRatio`, in thousandths. */
  overheadRatioMilli: bigint;
}

/** Most bytes of memory that one machine's pods ask for. */
export function machineMemory(memory: bigint, vcpus: bigint, overheadRatioMilli: bigint): bigint {
  const overhead = memory / PAGE_TABLES_PART + 1n + OVERHEAD_PER_VCPU * vcpus + OVERHEAD_PER_MACHINE;
  return (
    memory + (overhead * overheadRatioMilli + 999n) / 1000n + LOG_MEMORY + ATTACHMENTS * ATTACHMENT_MEMORY
  );
}

/** A vCPU asks for a tenth of a core, or for a whole one where CPUs are dedicated: the most counts. */
const machineMilliCpu = (vcpus: bigint): bigint =>
  vcpus * 1000n + LOG_MILLI_CPU + ATTACHMENTS * ATTACHMENT_MILLI_CPU;

/**
 * `spec.hard` of a namespace's ResourceQuota, which a tenant within its quota never meets: the sum of what its machines'
 * pods may ask for, and headroom for as many of the largest as may migrate at a time. It is the cluster's own bound on
 * what bypasses virtgate. Null where the limits do not bound the pods.
 */
export function namespaceBudget(basis: BudgetBasis): Record<string, string> | null {
  const { memory, vcpus, largest, parallelMigrations, overheadRatioMilli } = basis;
  if (vcpus === null) return null;
  // Every machine has a vCPU at least.
  const machines = smaller(basis.machines ?? vcpus, vcpus);
  const migrating = smaller(parallelMigrations, machines);
  const cpu =
    machineMilliCpu(0n) * machines +
    vcpus * 1000n +
    machineMilliCpu(largest.vcpus) * migrating +
    HELPERS * HELPER_MILLI_CPU;
  const hard = { 'requests.cpu': `${cpu}m` };
  if (memory === null) return hard;
  const each = machineMemory(0n, 0n, overheadRatioMilli);
  const proportional = machineMemory(memory, vcpus, overheadRatioMilli) - each;
  const bytes =
    proportional +
    each * machines +
    machineMemory(largest.memory, largest.vcpus, overheadRatioMilli) * migrating +
    HELPERS * HELPER_MEMORY;
  // Whole MiB, so that a limit of one byte more is no reason to write.
  const mebibytes = (bytes + MI - 1n) / MI;
  return { ...hard, 'requests.memory': `${mebibytes}Mi` };
}
