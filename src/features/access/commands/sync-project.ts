import { Injectable } from '@nestjs/common';
import { Failure, type FailureKind } from '../../../kernel/failure.js';
import {
  ClusterClient,
  type ClusterObject,
  type ResourceKind,
} from '../../../platform/cluster/cluster-client.js';
import { NAMESPACE, RESOURCE_QUOTA, ROLE_BINDING } from '../../../platform/cluster/kinds.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { AccessDirectory } from '../data/access-directory.js';
import type { AccessTables } from '../data/access-tables.js';
import {
  bindingMeaning,
  hasLabels,
  namespaceLabelPatch,
  namespaceManifest,
  PROJECT_ID_LABEL,
  roleBindingManifests,
  withoutProjectLabels,
} from '../data/project-manifests.js';
import { deleteProject, lockProject, type ProjectRow, updateProject } from '../data/tenancy-rows.js';
import { isSystemNamespace } from '../domain/names.js';

type Project = ProjectRow & { tenant: string };

/** The ResourceQuota that virtgate keeps in the namespace of a project. */
const BUDGET = 'virtgate';

/** What time may heal; anything else is told on the project. */
const PASSING: ReadonlySet<FailureKind> = new Set(['unavailable', 'timeout', 'rate_limited']);

/**
 * Makes the cluster agree with a project: a namespace that is its own, with the role bindings of its tenant's groups;
 * or, when the project is being deleted, nothing. Idempotent, and never waits: what the cluster has yet to finish is
 * looked at again by the reconciler.
 */
@Injectable()
export class SyncProject {
  constructor(
    private readonly database: Database,
    private readonly cluster: ClusterClient,
    private readonly directory: AccessDirectory,
  ) {}

  /** Throws what may pass (the cluster or the database is away); a refusal is kept on the project as Failed. */
  async execute(projectId: string): Promise<void> {
    const project = await this.read(projectId);
    if (!project) return;
    try {
      if (project.state === 'Deleting') await this.takeAway(project);
      else await this.bring(project);
    } catch (error) {
      // An object that changed under us is looked at again as well.
      if (!(error instanceof Failure) || PASSING.has(error.kind) || error.code === 'cluster.conflict')
        throw error;
      await this.settle(project, 'Failed', error.message);
    }
  }

  private async bring(project: Project): Promise<void> {
    const namespace = await this.ownNamespace(project);
    if (namespace === 'foreign') {
      const reason = `Namespace "${project.namespace}" exists and was not made for this project.`;
      return this.settle(project, 'Failed', reason);
    }
    // A namespace on its way out cannot be kept; it is made again once it is gone.
    if (namespace.metadata.deletionTimestamp) {
      return this.settle(project, 'Provisioning', 'The namespace is being deleted; it will be made again.');
    }
    for (const wanted of roleBindingManifests({ ...project })) await this.ensureRoleBinding(project, wanted);
    await this.settle(project, 'Active', null, namespace.metadata.uid);
  }

  private async takeAway(project: Project): Promise<void> {
    const namespace = await this.find(NAMESPACE, null, project.namespace);
    if (!namespace || !isOwn(namespace, project)) return this.forget(project);
    if (namespace.metadata.deletionTimestamp) return;
    if (project.adopts) return this.giveBack(project, namespace.metadata.labels);
    await this.cluster
      .delete(NAMESPACE, null, project.namespace, { uid: namespace.metadata.uid })
      .catch(unlessCode('cluster.not_found'));
  }

  /** What was there before the project stays when it goes, without what virtgate put there. */
  private async giveBack(project: Project, labelsThere?: Record<string, string>): Promise<void> {
    const { namespace } = project;
    const gone = unlessCode('cluster.not_found');
    for (const { metadata } of roleBindingManifests(project)) {
      await this.cluster.delete(ROLE_BINDING, namespace, metadata.name).catch(gone);
    }
    const labels = withoutProjectLabels(project, labelsThere);
    await this.cluster.delete(RESOURCE_QUOTA, namespace, BUDGET).catch(gone);
    const patch = { type: 'merge', body: { metadata: { labels } } } as const;
    await this.cluster.patch(NAMESPACE, null, namespace, patch).catch(gone);
    await this.forget(project);
  }

  private async ownNamespace(project: Project): Promise<ClusterObject | 'foreign'> {
    const found = await this.find(NAMESPACE, null, project.namespace);
    // What was to be taken is gone: nothing is made in its place.
    if (!found && project.adopts && project.namespace_uid === null) return 'foreign';
    const present =
      found ??
      (await this.cluster
        .create(NAMESPACE, null, namespaceManifest(project))
        .catch(unlessCode('cluster.already_exists'))) ??
      (await this.cluster.get(NAMESPACE, null, project.namespace));
    if (!isOwn(present, project) && !mayAdopt(present, project)) return 'foreign';
    const labels = namespaceLabelPatch(project, present.metadata.labels);
    if (labels === null || present.metadata.deletionTimestamp) return present;
    const patch = { type: 'merge', body: { metadata: { labels } } } as const;
    return this.cluster.patch(NAMESPACE, null, project.namespace, patch);
  }

  private async ensureRoleBinding(project: Project, wanted: ClusterObject): Promise<void> {
    const { name } = wanted.metadata;
    const present = await this.find(ROLE_BINDING, project.namespace, name);
    if (present) {
      const labels = wanted.metadata.labels ?? {};
      if (bindingMeaning(present) === bindingMeaning(wanted) && hasLabels(present, labels)) return;
      // The role of a binding cannot be changed; a new one is the only way.
      await this.cluster
        .delete(ROLE_BINDING, project.namespace, name, { uid: present.metadata.uid })
        .catch(unlessCode('cluster.not_found'));
    }
    await this.cluster
      .create(ROLE_BINDING, project.namespace, wanted)
      .catch(unlessCode('cluster.already_exists'));
  }

  private find(
    kind: ResourceKind,
    namespace: string | null,
    name: string,
  ): Promise<ClusterObject | undefined> {
    return this.cluster.get(kind, namespace, name).catch(unlessCode('cluster.not_found'));
  }

  private read(projectId: string): Promise<Project | undefined> {
    return this.database
      .tables<AccessTables>()
      .selectFrom('project')
      .innerJoin('tenant', 'tenant.id', 'project.tenant_id')
      .selectAll('project')
      .select('tenant.name as tenant')
      .where('project.id', '=', projectId)
      .executeTakeFirst();
  }

  private async settle(
    project: Project,
    state: 'Provisioning' | 'Active' | 'Failed',
    reason: string | null,
    uid?: string,
  ): Promise<void> {
    const namespaceUid = uid ?? project.namespace_uid;
    if (
      project.state === state &&
      project.state_reason === reason &&
      project.namespace_uid === namespaceUid
    ) {
      return;
    }
    await this.write(project, async (tx, present) => {
      // It may have been asked to go while we were making it; then only what is in the way is worth saying.
      const going = present.state === 'Deleting';
      if (going && (state !== 'Failed' || present.state_reason === reason)) return;
      await updateProject(tx, project.id, {
        state: going ? present.state : state,
        state_reason: reason,
        namespace_uid: namespaceUid,
      });
    });
  }

  private forget(project: Project): Promise<void> {
    return this.write(project, (tx) => deleteProject(tx, project.id));
  }

  private async write(project: Project, work: (tx: Tx, present: ProjectRow) => Promise<void>): Promise<void> {
    await this.database.transaction(async (tx) => {
      const present = await lockProject(tx, project.id);
      if (!present) return;
      await work(tx, present);
      await this.database.notify(tx, 'access', `project/${project.id}`);
    });
    await this.directory.readProject(project.id).catch(() => {});
  }
}

/** A namespace is a project's own when it says so, or when it is the very one that was made for it. */
function isOwn(namespace: ClusterObject, project: Project): boolean {
  return (
    namespace.metadata.labels?.[PROJECT_ID_LABEL] === project.id ||
    (project.namespace_uid !== null && namespace.metadata.uid === project.namespace_uid)
  );
}

/** Only while it is taken for the first time: afterwards it is known by its uid. */
const mayAdopt = ({ metadata }: ClusterObject, project: Project): boolean =>
  project.adopts &&
  project.namespace_uid === null &&
  !isSystemNamespace(metadata.name) &&
  metadata.labels?.[PROJECT_ID_LABEL] === undefined &&
  metadata.deletionTimestamp === undefined;

function unlessCode(code: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Failure && error.code === code) return undefined;
    throw error;
  };
}
