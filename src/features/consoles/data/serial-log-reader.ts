import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient, type ClusterObject } from '../../../platform/cluster/cluster-client.js';
import { POD } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { consoleLogMissing } from '../domain/console-failures.js';
import { DEFAULT_TAIL, MAX_LOG_BYTES, type SerialLog, toSerialLog } from '../domain/serial-log.js';

/** KubeVirt 1.1 and later keep the serial port's output as the log of this container of the launcher's pod. */
const CONTAINER = 'guest-console-log';

/** Reads what a machine printed on its serial port, as the asker. */
@Injectable()
export class SerialLogReader {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly access: AccessContract,
    private readonly cluster: ClusterClient,
  ) {}

  /** `tail` in lines. Throws vm.not_found, console.log_missing, or what the cluster refuses. */
  async read(
    principal: Principal,
    { namespace, ...project }: ProjectRef,
    name: string,
    tail?: number | null,
  ): Promise<SerialLog> {
    this.machines.find({ namespace }, name);
    const as = this.access.impersonationOf(principal, { namespace, ...project });
    const pods = await this.cluster.find(
      POD,
      namespace,
      `kubevirt.io=virt-launcher,vm.kubevirt.io/name=${name}`,
      {
        as,
      },
    );
    const pod = holder(pods);
    if (!pod) throw consoleLogMissing(`"${name}" does not run, and has printed nothing that is kept.`);
    const tailLines = tail ?? DEFAULT_TAIL;
    const log = await this.cluster.podLog(namespace, pod.metadata.name, CONTAINER, {
      tailLines,
      limitBytes: 2 * MAX_LOG_BYTES,
      as,
    });
    return toSerialLog(log, tailLines);
  }
}

/** The pod that holds the guest: of two while it moves, the one that came first; else the last that did. */
function holder(pods: readonly ClusterObject[]): ClusterObject | undefined {
  const logging = pods
    .filter(({ spec }) => spec?.containers?.some(({ name }: { name: string }) => name === CONTAINER))
    .sort((a, b) => bornAt(a) - bornAt(b));
  return logging.find(({ status }) => status?.phase === 'Running') ?? logging.at(-1);
}

const bornAt = ({ metadata }: ClusterObject): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
