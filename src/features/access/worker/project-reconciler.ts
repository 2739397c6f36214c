import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { SyncProject } from '../commands/sync-project.js';
import { AccessDirectory, type ProjectRecord } from '../data/access-directory.js';
import { bindingMeaning, labelText, ownLabels, roleBindingManifests } from '../data/project-manifests.js';
import {
  type NamespaceView,
  PROJECT_NAMESPACES,
  PROJECT_ROLE_BINDINGS,
  type RoleBindingView,
} from '../data/project-views.js';

/** Projects that are on their way somewhere are looked at again this often. */
const UNSETTLED_EVERY_MS = 5_000;
/** What nobody told us about is found this often. */
const ALL_EVERY_MS = 300_000;

/**
 * Keeps namespaces and role bindings as the projects say, on the leader among the workers: at every change in the
 * cluster or of a project, and now and then without one. Only what differs in the cache costs a call.
 */
@Injectable()
export class ProjectReconciler implements OnModuleDestroy {
  private readonly logger = new Logger('access');
  private readonly namespaces: ResourceCache<NamespaceView>;
  private readonly roleBindings: ResourceCache<RoleBindingView>;
  private readonly due = new Set<string>();
  private working = false;
  private release: (() => void)[] = [];

  constructor(
    private readonly cache: ClusterCache,
    private readonly directory: AccessDirectory,
    private readonly sync: SyncProject,
  ) {
    this.namespaces = cache.define(PROJECT_NAMESPACES);
    this.roleBindings = cache.define(PROJECT_ROLE_BINDINGS);
  }

  /** From the moment this process leads. */
  start(): void {
    if (this.release.length > 0) return;
    const unsettled = setInterval(
      () => this.look((project) => project.state !== 'Active'),
      UNSETTLED_EVERY_MS,
    );
    const all = setInterval(() => this.look(() => true), ALL_EVERY_MS);
    this.release = [
      this.namespaces.onChange(({ view }) => this.changed(view.projectId)),
      this.roleBindings.onChange(({ view }) => this.changed(view.projectId)),
      this.directory.onChange((projects) => {
        const unsettled = (project: ProjectRecord) => project.state !== 'Active';
        if (!projects) return this.look(unsettled);
        this.consider(projects.flatMap(({ id }) => this.directory.byId(id) ?? []).filter(unsettled));
      }),
      () => clearInterval(unsettled),
      () => clearInterval(all),
    ];
    const releaseOfThisTerm = this.release;
    void Promise.all([this.cache.whenSynced(), this.directory.whenLoaded()]).then(() => {
      if (this.release === releaseOfThisTerm) this.look(() => true);
    });
  }

  stop(): void {
    for (const release of this.release) release();
    this.release = [];
    this.due.clear();
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private changed(projectId: string): void {
    const project = this.directory.byId(projectId);
    if (project) this.consider([project]);
  }

  private look(which: (project: ProjectRecord) => boolean): void {
    this.consider(this.directory.all().filter(which));
  }

  /** During the first list the cache is not whole yet, and everything would seem to be missing. */
  private consider(projects: readonly ProjectRecord[]): void {
    if (!this.namespaces.synced || !this.roleBindings.synced) return;
    for (const project of projects) if (!this.agrees(project)) this.due.add(project.id);
    void this.work();
  }

  private agrees(project: ProjectRecord): boolean {
    const namespace = this.namespaces.get('', project.namespace);
    // Deleting: as long as the namespace is on its way out there is nothing to be done.
    if (project.state === 'Deleting') return namespace?.terminating === true;
    if (project.state !== 'Active' || !namespace || namespace.terminating) return false;
    return (
      namespace.projectId === project.id &&
      namespace.project === project.name &&
      namespace.tenant === project.tenant &&
      namespace.ownLabels === labelText(ownLabels(project)) &&
      roleBindingManifests(project).every((wanted) => {
        const present = this.roleBindings.get(project.namespace, wanted.metadata.name);
        return present?.projectId === project.id && present.meaning === bindingMeaning(wanted);
      })
    );
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      for (const projectId of this.due) {
        this.due.delete(projectId);
        await this.sync.execute(projectId).catch((error) => {
          this.logger.warn(`project ${projectId} is not in step with the cluster yet: ${error}`);
        });
      }
    } finally {
      this.working = false;
    }
  }
}
