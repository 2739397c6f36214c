import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { formatBytes, parseBytes } from '../../../kernel/quantity.js';
import { type Caller, isDryRun, type Outcome, requestId } from '../../operations/outcome.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { ExportCaches } from '../data/export-caches.js';
import {
  memoryDumpClaimNotFound,
  memoryDumpExists,
  memoryDumpNotFound,
  memoryDumpNotRunning,
  memoryDumpTooSmall,
} from '../domain/failures.js';
import { dumpClaim } from '../domain/manifest.js';
import { dumpClaimName, MACHINE_TARGET_TYPE } from '../domain/names.js';
import type { MemoryDumpRequest } from '../domain/observed.js';
import { invalid } from '../domain/specify.js';
import { DUMP_KIND, REMOVE_DUMP_KIND } from '../operation-kinds.js';
import { TenantCluster } from './tenant-cluster.js';
import { Work } from './work.js';

export interface MemoryDumpBody {
  /** A disk that is there, with a file system. */
  claim?: string | null;
  /** Size of a new disk; default: the machine's memory and what KubeVirt wants besides. */
  size?: string | null;
  storageClass?: string | null;
}

/** KubeVirt asks for room for the memory and 100 MiB, and a file system takes its part. */
const OVERHEAD_BYTES = 100n * 1024n * 1024n;
const FILE_SYSTEM_PERCENT = 6n;
const MIB = 1024n * 1024n;

/** Writes a running guest's memory to a disk, and takes such a disk off again. */
@Injectable()
export class DumpMemory {
  constructor(
    private readonly caches: ExportCaches,
    private readonly machines: VirtualMachinesContract,
    private readonly cluster: TenantCluster,
    private readonly work: Work,
  ) {}

  /** Throws vm.not_found, memory_dump.not_running, .exists, .disk_not_found, .too_small. */
  async begin(caller: Caller, vm: string, body: MemoryDumpBody): Promise<Outcome> {
    const { namespace } = caller.project;
    const { uid, running } = this.machines.find(caller.project, vm);
    // How much room it takes is known of a running machine only.
    const { claim, create } = running ? this.#place(namespace, vm, body) : { claim: '', create: null };
    const dump = this.caches.machines.get(namespace, vm)?.dump;
    const refusal = !running
      ? memoryDumpNotRunning(`The virtual machine "${vm}" is not running.`)
      : dump && dump.claim !== claim
        ? memoryDumpExists(`The memory of "${vm}" was dumped to the disk "${dump.claim}".`)
        : null;
    if (isDryRun()) {
      if (refusal) throw refusal;
      const from = {
        namespace,
        operationId: 'dry-run',
        requestId: requestId(),
        requestedBy: caller.principal,
      };
      const manifests = create ? [dumpClaim(claim, create, from)] : [];
      await this.cluster.wouldCreate(caller, manifests);
      const effect = `It writes the memory of the virtual machine "${vm}" to the disk "${claim}".`;
      return { preview: { dryRun: true, manifests, warnings: [], effect } };
    }
    const request = { kind: DUMP_KIND.kind, name: vm, targetType: MACHINE_TARGET_TYPE };
    return {
      operation: await this.work.begin(caller, { ...request, input: { uid, claim, create } }, refusal),
    };
  }

  /** Throws vm.not_found, memory_dump.not_found. */
  get(project: ProjectRef, vm: string): MemoryDumpRequest {
    this.machines.find(project, vm);
    const dump = this.caches.machines.get(project.namespace, vm)?.dump;
    if (!dump) throw memoryDumpNotFound(`The virtual machine "${vm}" has no memory dump.`);
    return dump;
  }

  /** Throws vm.not_found, memory_dump.not_found. */
  async remove(caller: Caller, vm: string, deleteDisk: boolean): Promise<Outcome> {
    const dump = this.get(caller.project, vm);
    if (isDryRun()) {
      const fate = deleteDisk ? 'deletes it' : 'keeps it';
      const effect = `It takes the disk "${dump.claim}" off the virtual machine "${vm}" and ${fate}.`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const request = { kind: REMOVE_DUMP_KIND.kind, name: vm, targetType: MACHINE_TARGET_TYPE };
    const input = { claim: dump.claim, deleteDisk };
    return { operation: await this.work.begin(caller, { ...request, input }) };
  }

  #place(namespace: string, vm: string, { claim, size, storageClass }: MemoryDumpBody) {
    if (claim) {
      if (size || storageClass) throw invalid('/claim', 'one_of', 'is given, or size and storageClass are.');
      const found = this.caches.claims.get(namespace, claim);
      if (!found) throw memoryDumpClaimNotFound(`There is no disk "${claim}" in this project.`);
      this.#holds(namespace, vm, found.size === null ? null : parseBytes(found.size), '/claim');
      return { claim, create: null };
    }
    const wanted = size ? parseBytes(size) : this.#enoughFor(namespace, vm);
    if (!wanted) throw invalid('/size', 'quantity', 'must be a size such as "2Gi".');
    this.#holds(namespace, vm, wanted, '/size');
    const name = dumpClaimName(vm, randomBytes(16).toString('hex'));
    return { claim: name, create: { size: formatBytes(wanted), storageClass: storageClass ?? null } };
  }

  #holds(namespace: string, vm: string, bytes: bigint | null, pointer: string): void {
    const memory = parseBytes(this.caches.instances.get(namespace, vm)?.memory ?? '');
    if (!memory || bytes === null || bytes >= memory + OVERHEAD_BYTES) return;
    const least = formatBytes(memory + OVERHEAD_BYTES);
    const message = `The memory of "${vm}" takes a disk of at least ${least}.`;
    throw memoryDumpTooSmall(message, { errors: [{ pointer, code: 'memory_dump.too_small', message }] });
  }

  #enoughFor(namespace: string, vm: string): bigint | null {
    const memory = parseBytes(this.caches.instances.get(namespace, vm)?.memory ?? '');
    if (!memory) return null;
    const bytes = ((memory + OVERHEAD_BYTES) * (100n + FILE_SYSTEM_PERCENT)) / 100n;
    return ((bytes + MIB - 1n) / MIB) * MIB;
  }
}
