import { Injectable } from '@nestjs/common';
import { Failure } from '../../kernel/failure.js';
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
import type { OperationRecord } from '../operations/operations.contract.js';
import { ANNOTATION } from './cluster-reading.contract.js';

/** How long the bindings of a new project may take to be known to every API server. */
const BINDINGS_SPREAD_MS = 30_000;

/** Asks of snapshots, restores and clones: under the requester's name, with the rights of the moment. */
@Injectable()
export class ProtectionAsks {
  constructor(
    readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly projects: ProjectDirectory,
  ) {}

  /**
   * Runs the work as the requester. What can pass by itself (a lost race for an object, a namespace or binding that
   * is still coming) is thrown so that the job is tried again; every other refusal settles the step.
   */
  async run<T>(
    operation: OperationRecord,
    permission: Permission,
    work: (as: Impersonation) => Promise<T>,
  ): Promise<T> {
    const { project, requestedBy } = operation;
    if (!this.projects.namespaceReady(project)) {
      throw unavailable('The namespace of the project is not there yet.');
    }
    const as = await this.access.impersonationFor(requestedBy, project, permission);
    try {
      return await work(as);
    } catch (error) {
      if (error instanceof Failure && canPass(error, operation)) {
        throw unavailable(error.message, { cause: error });
      }
      throw error;
    }
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

  /** As virtgate itself; null where there is none. */
  async find(kind: ResourceKind, namespace: string, name: string): Promise<ClusterObject | null> {
    try {
      return await this.cluster.get(kind, namespace, name);
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) return null;
      throw error;
    }
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

export const isCode = (error: unknown, ...codes: string[]): error is Failure =>
  error instanceof Failure && codes.includes(error.code);

export async function ignoringAbsence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, 'cluster.not_found')) throw error;
  }
}

const canPass = (failure: Failure, operation: OperationRecord): boolean =>
  failure.code === 'cluster.conflict' ||
  (failure.code === 'cluster.forbidden' && Date.now() - operation.createdAt.getTime() < BINDINGS_SPREAD_MS);
