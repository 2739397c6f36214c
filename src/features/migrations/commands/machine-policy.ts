import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { MigrationCaches } from '../data/migration-caches.js';
import { PolicyCaches } from '../data/policy-caches.js';
import { effectiveSettings, type MigrationSettings, matchPolicy } from '../domain/policy.js';
import { MigrationLimitsSettings } from './limits.js';

/** What a machine would be migrated with, and why. */
export interface MachinePolicyView {
  policy: string | null;
  why: string;
  settings: MigrationSettings;
}

@Injectable()
export class MachinePolicy {
  constructor(
    private readonly policies: PolicyCaches,
    private readonly caches: MigrationCaches,
    private readonly limits: MigrationLimitsSettings,
  ) {}

  /** Of a machine that is off: what would apply to it by the labels of its template. */
  async of({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): Promise<MachinePolicyView> {
    const labels =
      this.caches.instances.get(namespace, name)?.labels ??
      this.policies.templates.get(namespace, name)?.labels ??
      {};
    const ofNamespace = this.policies.namespaces.get('', namespace)?.labels ?? {};
    const { policy, why } = matchPolicy(this.policies.policies.all(), labels, ofNamespace);
    const {
      allowAutoConverge,
      allowPostCopy,
      allowWorkloadDisruption,
      bandwidthPerMigration,
      completionTimeoutPerGiB,
      maxDowntimeMs,
    } = await this.limits.read();
    const cluster = {
      allowAutoConverge,
      allowPostCopy,
      allowWorkloadDisruption,
      bandwidthPerMigration,
      completionTimeoutPerGiB,
      maxDowntimeMs,
    };
    return { policy: policy?.name ?? null, why, settings: effectiveSettings(cluster, policy) };
  }
}
