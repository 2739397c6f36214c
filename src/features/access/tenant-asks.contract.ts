import { Injectable } from '@nestjs/common';
import { Failure } from '../../kernel/failure.js';
import { unavailable } from '../../kernel/failures.js';
import type { Permission } from '../../kernel/permission.js';
import {
  ClusterClient,
  type ClusterObject,
  type Impersonation,
  type ResourceKind,
} from '../../platform/cluster/cluster-client.js';
import type { OperationRecord } from '../operations/operations.contract.js';
import { AccessContract, ProjectDirectory } from './access.contract.js';

/** How long the bindings of a new project may take to be known to every API server. */
const BINDINGS_SPREAD_MS = 30_000;

/** Asks of an operation's steps: under the requester's name, with the requester's rights as they are now. */
@Injectable()
export class TenantAsks {
  constructor(
    readonly cluster: ClusterClient,
    protected readonly access: AccessContract,
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
    this.#requireNamespace(operation);
    const as = await this.access.impersonationFor(requestedBy, project, permission);
    return this.#ask(operation, as, work);
  }

  /** For what nobody asks at that moment (a period is over): with an editor's rights in the project, and no more. */
  runForVirtgate<T>(operation: OperationRecord, work: (as: Impersonation) => Promise<T>): Promise<T> {
    this.#requireNamespace(operation);
    const groups = [`virtgate:project:${operation.project.name}:editor`];
    return this.#ask(operation, { user: 'virtgate:clean-up', groups }, work);
  }

  #requireNamespace({ project }: OperationRecord): void {
    if (this.projects.namespaceReady(project)) return;
    throw unavailable('The namespace of the project is not there yet.');
  }

  async #ask<T>(
    operation: OperationRecord,
    as: Impersonation,
    work: (as: Impersonation) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(as);
    } catch (error) {
      if (error instanceof Failure && canPass(error, operation)) {
        throw unavailable(error.message, { cause: error });
      }
      throw error;
    }
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
}

export const isCode = (error: unknown, ...codes: string[]): error is Failure =>
  error instanceof Failure && codes.includes(error.code);

const canPass = (failure: Failure, operation: OperationRecord): boolean =>
  failure.code === 'cluster.conflict' ||
  (failure.code === 'cluster.forbidden' && Date.now() - operation.createdAt.getTime() < BINDINGS_SPREAD_MS);
