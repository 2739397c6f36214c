import { Injectable } from '@nestjs/common';
import { unavailable } from '../../kernel/failures.js';
import type { Permission } from '../../kernel/permission.js';
import type { ProjectRef } from '../../kernel/principal.js';
import {
  ClusterClient,
  type ClusterObject,
  type Impersonation,
  type ResourceKind,
} from '../../platform/cluster/cluster-client.js';
import { AccessContract, ProjectDirectory } from '../access/access.contract.js';
import { isCode, TenantAsks } from '../access/tenant-asks.contract.js';
import type { OperationRecord } from '../operations/operations.contract.js';
import { ANNOTATION } from './cluster-reading.contract.js';

/** Asks of snapshots, restores and clones: under the requester's name, with the rights of the moment. */
@Injectable()
export class ProtectionAsks extends TenantAsks {
  // Said again for the injector, which reads the types of a constructor where it stands.
  constructor(cluster: ClusterClient, access: AccessContract, projects: ProjectDirectory) {
    super(cluster, access, projects);
  }

  /** The requester's name with the rights in another project too, as they are now. Throws auth.forbidden. */
  async alsoIn(
    { requestedBy }: OperationRecord,
    project: ProjectRef,
    permission: Permission,
    as: Impersonation,
  ): Promise<Impersonation> {
    const there = await this.access.impersonationFor(requestedBy, project, permission);
    return { user: as.user, groups: [...new Set([...as.groups, ...there.groups])] };
  }

  /**
   * Makes an object, or meets the one that an earlier delivery of the same job made. Null where the name belongs to
   * somebody else.
   */
  async createOnce(
    kind: ResourceKind,
    operation: Pick<OperationRecord, 'id' | 'project'>,
    object: ClusterObject,
    as: Impersonation,
  ): Promise<ClusterObject | null> {
    const { namespace } = operation.project;
    try {
      return await this.cluster.create(kind, namespace, object, { as });
    } catch (error) {
      if (!isCode(error, 'cluster.already_exists')) throw error;
      const found = await this.find(kind, namespace, object.metadata.name);
      // Deleted between the two questions.
      if (!found) throw unavailable(error.message, { cause: error });
      return found.metadata.annotations?.[ANNOTATION.operationId] === operation.id ? found : null;
    }
  }

  /**
   * Takes back what the operation made under this name, and only that. In nobody's name but an editor's of the
   * project: whoever began it may have lost their rights since, and nothing half-made may stay.
   */
  async takeBack(kind: ResourceKind, operation: OperationRecord, name: string): Promise<void> {
    const found = await this.find(kind, operation.project.namespace, name);
    if (!found || found.metadata.annotations?.[ANNOTATION.operationId] !== operation.id) return;
    await ignoringAbsence(
      this.cluster.delete(kind, operation.project.namespace, name, {
        as: janitorOf(operation),
        uid: found.metadata.uid,
        propagation: 'Foreground',
      }),
    );
  }
}

export const janitorOf = ({ project }: Pick<OperationRecord, 'project'>): Impersonation => ({
  user: 'virtgate:clean-up',
  groups: [`virtgate:project:${project.name}:editor`, 'system:authenticated'],
});

export async function ignoringAbsence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, 'cluster.not_found')) throw error;
  }
}
