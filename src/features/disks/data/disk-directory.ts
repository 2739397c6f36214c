import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { type DiskFacts, DisksContract } from '../disks.contract.js';
import { diskNotFound } from '../domain/disk-failures.js';
import { diskView } from '../domain/disk-view.js';
import { DiskCaches } from './disk-caches.js';
import { DISK_KEY, type DiskOrder, type DiskRow, diskRow } from './disk-row.js';

type Place = Pick<ProjectRef, 'namespace'>;

/**
 * Every disk of every project as it is answered, joined once per change. A project's disks are found through its
 * namespace alone, so a forgotten filter cannot show another tenant's.
 */
@Injectable()
export class DiskDirectory extends DisksContract implements OnModuleInit, OnModuleDestroy {
  readonly #namespaces = new Map<string, Map<string, DiskRow>>();
  readonly #byUid = new Map<string, DiskRow>();
  /** What images lie in: nobody's disks, until they are filled by an upload. */
  readonly #ofImages = new Map<string, DiskRow>();
  readonly #stops: (() => void)[] = [];

  constructor(
    private readonly caches: DiskCaches,
    private readonly projects: ProjectDirectory,
    private readonly catalog: CatalogContract,
  ) {
    super();
  }

  onModuleInit(): void {
    this.#stops.push(
      this.caches.onChange((namespace, name) => this.#refresh(namespace, name)),
      // A disk may be heard of before its project is, and before its storage class.
      this.projects.onChange((projects) => this.#refreshAll(projects?.map(({ namespace }) => namespace))),
      this.catalog.onChange(() => this.#refreshAll()),
    );
  }

  onModuleDestroy(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  inProject({ namespace }: Place, order: DiskOrder): DiskRow[] {
    const keyOf = DISK_KEY[order];
    const keyed = [...(this.#namespaces.get(namespace)?.values() ?? [])].map((row) => ({
      row,
      key: keyOf(row).join('\0'),
    }));
    const sign = order.startsWith('-') ? -1 : 1;
    keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0));
    return keyed.map(({ row }) => row);
  }

  get({ namespace }: Place, name: string): DiskRow | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /** Also what holds, or is to hold, an image: its name is taken, and an image is uploaded into it. */
  getAny(project: Place, name: string): DiskRow | undefined {
    return this.get(project, name) ?? this.#ofImages.get(`${project.namespace}/${name}`);
  }

  byUid(uid: string): DiskRow | undefined {
    return this.#byUid.get(uid);
  }

  find(project: Place, name: string): DiskFacts {
    const row = this.get(project, name);
    if (!row) throw diskNotFound(`There is no disk "${name}" in this project.`);
    return row.view;
  }

  list(project: Place): DiskFacts[] {
    return this.inProject(project, 'name').map(({ view }) => view);
  }

  copiesInProgress({ namespace }: Place, name: string): { namespace: string; name: string }[] {
    return this.caches.dataVolumes
      .by('copied', `${namespace}/${name}`)
      .map((copy) => ({ namespace: copy.namespace, name: copy.name }));
  }

  #refreshAll(namespaces?: readonly string[]): void {
    const { claims, dataVolumes } = this.caches;
    for (const cache of [claims, dataVolumes]) {
      const these = namespaces?.flatMap((namespace) => [...cache.inNamespace(namespace)]) ?? cache.all();
      for (const { namespace, name } of these) this.#refresh(namespace, name);
    }
  }

  #refresh(namespace: string, name: string): void {
    const claim = this.caches.claims.get(namespace, name);
    const dataVolume = this.caches.dataVolumes.get(namespace, name);
    const project = this.projects.byNamespace(namespace);
    const before = this.#namespaces.get(namespace)?.get(name);
    this.#ofImages.delete(`${namespace}/${name}`);
    if ((!claim && !dataVolume) || claim?.auxiliary || !project) {
      if (before) this.#remove(before);
      return;
    }
    const storageClass = claim?.storageClass ?? dataVolume?.storageClass;
    const row = diskRow(
      diskView(name, project.name, {
        claim,
        dataVolume,
        uses: this.caches.usesOf(namespace, name),
        storageClass: storageClass ? this.catalog.storageClass(storageClass) : undefined,
      }),
      namespace,
    );
    if (claim?.ofImage || dataVolume?.ofImage) {
      if (before) this.#remove(before);
      this.#ofImages.set(`${namespace}/${name}`, row);
      return;
    }
    if (before?.version === row.version) return;
    if (before) this.#remove(before);
    const rows = this.#namespaces.get(namespace) ?? new Map<string, DiskRow>();
    this.#namespaces.set(namespace, rows.set(name, row));
    this.#byUid.set(row.uid, row);
  }

  #remove({ namespace, name, uid }: DiskRow): void {
    const rows = this.#namespaces.get(namespace);
    rows?.delete(name);
    if (rows?.size === 0) this.#namespaces.delete(namespace);
    this.#byUid.delete(uid);
  }
}
