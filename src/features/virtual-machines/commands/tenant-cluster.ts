import { Injectable } from '@nestjs/common';
import { ClusterClient, type ResourceKind } from '../../../platform/cluster/cluster-client.js';
import { SECRET, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { TenantPolicy } from '../../../platform/tenant-policy/tenant-policy.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { vmNotOpen } from '../allowed-machine.contract.js';
import { type FeaturesBody, featuresNotOpen } from '../domain/machine-features.js';
import type { ManifestObject } from '../domain/manifest.js';

const KINDS: Record<string, ResourceKind> = { VirtualMachine: VIRTUAL_MACHINE, Secret: SECRET };

/** Asks the cluster what it would say to a change (`dryRun=All`), under the caller's name. */
@Injectable()
export class TenantCluster {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly policy: TenantPolicy,
  ) {}

  /** Throws vm.not_open: what the platform does not open need not be asked for. */
  requireOpen(body: FeaturesBody): void {
    const [first, ...more] = featuresNotOpen(body, this.policy);
    if (first === undefined) return;
    const errors = [first, ...more].map((field) => ({
      pointer: `/${field}`,
      code: vmNotOpen.definition.code,
      message: 'The platform does not open this to tenants.',
    }));
    throw vmNotOpen(`Not open to tenants on this platform: ${[first, ...more].join(', ')}.`, { errors });
  }

  /** As it stands: for changes of lists, which are written whole. */
  async machine({ project }: Caller, name: string): Promise<ManifestObject> {
    return (await this.cluster.get(VIRTUAL_MACHINE, project.namespace, name)) as ManifestObject;
  }

  async wouldCreate({ principal, project }: Caller, objects: readonly ManifestObject[]): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    for (const object of objects) {
      const kind = KINDS[object.kind];
      if (kind) await this.cluster.create(kind, project.namespace, object, { as, dryRun: true });
    }
  }

  async wouldPatch({ principal, project }: Caller, name: string, body: object): Promise<ManifestObject> {
    const as = this.access.impersonationOf(principal, project);
    const patch = { type: 'merge' as const, body };
    const answer = await this.cluster.patch(VIRTUAL_MACHINE, project.namespace, name, patch, {
      as,
      dryRun: true,
    });
    return answer as ManifestObject;
  }

  async wouldDelete({ principal, project }: Caller, name: string): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.delete(VIRTUAL_MACHINE, project.namespace, name, { as, dryRun: true });
  }

  async wouldDo(
    { principal, project }: Caller,
    resource: 'virtualmachines' | 'virtualmachineinstances',
    name: string,
    subresource: string,
    body: object,
  ): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.subresource(project.namespace, resource, name, subresource, {
      body,
      as,
      dryRun: true,
    });
  }
}
