import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { TenantPolicy } from '../../../platform/tenant-policy/tenant-policy.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import { notOpenIn } from '../../virtual-machines/allowed-machine.contract.js';

/** The machines that are to be cloned, as they are in the cluster. */
@Injectable()
export class CloneOriginals {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly policy: TenantPolicy,
  ) {}

  /** What it holds that a clone in the target project must not; read as virtgate itself. */
  async notOpen(project: ProjectRef, name: string, target: ProjectRef): Promise<string[]> {
    try {
      const original = await this.cluster.get(VIRTUAL_MACHINE, project.namespace, name);
      return notOpenIn(original, this.policy, target.namespace);
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) return [];
      throw error;
    }
  }
}
