import { Injectable } from '@nestjs/common';
import { forbidden } from '../../../kernel/failures.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { minorOf } from '../../../platform/cluster/feature-gates.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { migrationNotOffered } from '../domain/failures.js';

/** The release of KubeVirt 1.x in which a migration can be told where to go (`addedNodeSelector`). */
const TARGET_SINCE_MINOR = 6;

/** What may be asked of a migration besides the machine: by whom, and of which cluster. */
@Injectable()
export class MigrationRules {
  constructor(
    private readonly access: AccessPort,
    private readonly capabilities: ClusterCapabilities,
  ) {}

  /** Throws auth.forbidden, migration.not_offered. */
  async check({ principal, project }: Caller, targetNode: string | null): Promise<void> {
    if (targetNode !== null && !this.access.allows(principal, 'vms:choose-node', project)) {
      const message = `The permission "vms:choose-node" is missing on project "${project.name}".`;
      throw forbidden(message, {
        hint: 'Leave targetNode out, and the cluster chooses.',
        details: { permission: 'vms:choose-node' },
      });
    }
    const { apis, kubevirt } = await this.capabilities.current();
    if (apis['kubevirt.io'] === undefined) throw migrationNotOffered('This cluster has no KubeVirt.');
    if (targetNode !== null && minorOf(kubevirt) < TARGET_SINCE_MINOR) {
      throw migrationNotOffered('Only KubeVirt 1.6 and later can be told to which node a machine is to go.', {
        hint: 'Leave targetNode out, and the cluster chooses.',
      });
    }
  }
}
