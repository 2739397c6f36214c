import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { minorOf } from '../../../platform/cluster/feature-gates.js';
import { KUBEVIRT } from '../../../platform/cluster/kinds.js';
import { PolicyCaches } from '../data/policy-caches.js';
import { observeKubeVirt } from '../data/policy-views.js';
import { migrationLimitsManaged, migrationNotOffered } from '../domain/failures.js';
import { type LimitsBody, type LimitsView, limitsPatch, limitsView } from '../domain/limits.js';
import { PlatformChange } from './platform-change.js';

/** What holds for all migrations of the cluster: read from KubeVirt's own object, and written there. */
@Injectable()
export class MigrationLimitsSettings {
  constructor(
    private readonly caches: PolicyCaches,
    private readonly capabilities: ClusterCapabilities,
    private readonly change: PlatformChange,
    private readonly cluster: ClusterClient,
  ) {}

  /** Where virtgate may not see the KubeVirt object: its defaults, and nothing to change. */
  async read(): Promise<LimitsView> {
    const { kubevirt } = await this.capabilities.current();
    return limitsView(this.caches.kubeVirt ?? { set: {}, managedBy: 'unknown' }, minorOf(kubevirt));
  }

  /** Throws migration_limits.managed, request.precondition_failed. */
  async update(
    principal: Principal,
    body: LimitsBody,
    expect: (present: LimitsView) => void,
  ): Promise<LimitsView> {
    const present = this.caches.kubeVirt;
    if (!present) throw migrationNotOffered('There is no KubeVirt object that virtgate may see.');
    expect(await this.read());
    const { kubevirt } = await this.capabilities.current();
    const deed = {
      action: 'migration-limits.update',
      target: { type: 'migration-limits', name: present.name },
    };
    return this.change.run(principal, deed, async (options) => {
      if (present.managedBy !== null) {
        throw migrationLimitsManaged(`KubeVirt's settings are kept by ${present.managedBy}.`);
      }
      const patch = { type: 'merge' as const, body: limitsPatch(body) };
      const changed = await this.cluster.patch(KUBEVIRT, present.namespace, present.name, patch, options);
      return limitsView(observeKubeVirt(changed as KubeObject), minorOf(kubevirt));
    });
  }
}
