import type { Permission } from '../../kernel/permission.js';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import type { Impersonation } from '../../platform/cluster/cluster-client.js';
import type { TrashSetting } from './trash.contract.js';

export type ProjectState = 'Provisioning' | 'Active' | 'Deleting' | 'Failed';

/** A project as the directory keeps it in memory: its address, and how far its namespace is. */
export interface ProjectEntry extends ProjectRef {
  state: ProjectState;
  displayName: string | null;
  labels: Readonly<Record<string, string>>;
  /** Null where what is deleted is gone. */
  trash: TrashSetting | null;
}

/** Who began an operation, as `OperationRecord.requestedBy` keeps it. */
export interface Requester {
  type: string;
  id: string;
  tokenId: string | null;
}

/**
 * All tenants' projects, in memory and kept fresh by signals, in every process. Lookups are synchronous; they see
 * nothing before `whenLoaded`.
 */
export abstract class ProjectDirectory {
  abstract byNamespace(namespace: string): ProjectEntry | undefined;
  abstract byName(name: string): ProjectEntry | undefined;
  abstract byId(id: string): ProjectEntry | undefined;
  abstract all(): readonly ProjectEntry[];
  /** True once the namespace and its role bindings are there. */
  abstract namespaceReady(project: Pick<ProjectRef, 'id'>): boolean;
  /** Resolves when the directory has been read once; tries again while the database is away. */
  abstract whenLoaded(): Promise<void>;
  /** Told of the projects that are different, new or gone; null: it may be any of them. */
  abstract onChange(listener: ProjectListener): () => void;
}

/** Among ten thousand projects, what one of them changes must not make all be looked at. */
export type ProjectListener = (projects: readonly Pick<ProjectEntry, 'id' | 'namespace'>[] | null) => void;

/** All places in which a permission is held; a tenant stands for all of its projects. */
export interface Reach {
  everywhere: boolean;
  tenantIds: readonly string[];
  projectIds: readonly string[];
}

/** Under whose name the cluster is asked: the second lock (architecture §6). */
export abstract class AccessContract {
  /**
   * User `virtgate:<type>:<id>` in the group of the smallest project role that covers what the principal may do in
   * the project. Throws auth.forbidden where the principal may do nothing there.
   */
  abstract impersonationOf(principal: Principal, project: ProjectRef): Impersonation;
  abstract reachOf(principal: Principal, permission: Permission): Reach;
  /**
   * For work that runs later: reads the requester's present rights and throws auth.forbidden when it is gone or no
   * longer holds the permission. The token that began the work may have expired since, and that is no reason to
   * stop; a token that was revoked is.
   */
  abstract impersonationFor(
    requester: Requester,
    project: ProjectRef,
    permission: Permission,
  ): Promise<Impersonation>;
  /**
   * For what is nobody's project's: the same user in the group of `virtgate:platform:admin`. Throws auth.forbidden
   * unless a platform binding gives the permission.
   */
  abstract platformImpersonationOf(principal: Principal, permission: Permission): Impersonation;
  /** Likewise for work that runs later, as `impersonationFor`. */
  abstract platformImpersonationFor(requester: Requester, permission: Permission): Promise<Impersonation>;
}
