import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { type ExportView, type ExportVolumeView, exportView } from '../domain/export-view.js';
import { exportNotFound } from '../domain/failures.js';
import type { ObservedExport } from '../domain/observed.js';
import { ExportCaches } from './export-caches.js';

export const EXPORT_TYPE = 'Export';

/** One export as it is answered. Its own properties are the fields of GraphQL's type Export; `view` is REST's. */
export interface ExportRow extends Omit<ExportView, 'volumes'> {
  uid: string;
  /** GraphQL's names of formats have no dots. */
  volumes: (Omit<ExportVolumeView, 'formats'> & { formats: string[] })[];
  readonly namespace: string;
  readonly version: string;
  readonly view: ExportView;
}

/** A project's exports, found through its namespace alone. */
@Injectable()
export class ExportDirectory {
  readonly #rows = new WeakMap<ObservedExport, ExportRow>();

  constructor(
    private readonly caches: ExportCaches,
    private readonly projects: ProjectDirectory,
  ) {}

  /** By name. */
  inProject(project: ProjectRef): ExportRow[] {
    return this.caches.exports
      .inNamespace(project.namespace)
      .map((observed) => this.#row(observed, project.name));
  }

  find(project: ProjectRef, name: string): ExportRow | null {
    const observed = this.caches.exports.get(project.namespace, name);
    return observed ? this.#row(observed, project.name) : null;
  }

  /** Throws export.not_found. */
  get(project: ProjectRef, name: string): ExportRow {
    const row = this.find(project, name);
    if (!row) throw exportNotFound(`There is no export "${name}" in this project.`);
    return row;
  }

  /** Throws export.not_found. */
  observed(project: ProjectRef, name: string): ObservedExport {
    const observed = this.caches.exports.get(project.namespace, name);
    if (!observed) throw exportNotFound(`There is no export "${name}" in this project.`);
    return observed;
  }

  /** Exports are few: node(id:) may look through them. */
  byUid(uid: string): { row: ExportRow; project: ProjectRef } | null {
    for (const observed of this.caches.exports.all()) {
      if (observed.uid !== uid) continue;
      const project = this.projects.byNamespace(observed.namespace);
      return project ? { row: this.#row(observed, project.name), project } : null;
    }
    return null;
  }

  /** One object for as long as nothing has changed: pages count on it. */
  #row(observed: ObservedExport, project: string): ExportRow {
    const view = exportView(
      observed,
      project,
      (volume) => this.caches.claims.get(observed.namespace, volume)?.size ?? null,
    );
    const version = `${observed.uid}/${JSON.stringify(view)}`;
    const known = this.#rows.get(observed);
    if (known?.version === version) return known;
    const row: ExportRow = {
      ...view,
      id: toGlobalId(EXPORT_TYPE, observed.uid),
      uid: observed.uid,
      volumes: view.volumes.map((volume) => ({
        ...volume,
        formats: volume.formats.map((format) => format.replace('.', '_')),
      })),
      namespace: observed.namespace,
      version,
      view,
    };
    this.#rows.set(observed, row);
    return row;
  }
}
