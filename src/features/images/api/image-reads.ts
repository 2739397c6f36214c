import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { IMAGE_TYPE, ImageDirectory, type ImageRow } from '../data/image-directory.js';
import { type ImageFilter, type ImageOrder, KEY_OF, listed } from '../data/image-listing.js';
import { imageNotFound } from '../domain/failures.js';
import { IMAGES_NAMESPACE } from '../domain/names.js';

interface Forward {
  limit?: number;
  cursor?: string;
}
interface Relay {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}
/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class ImageReads implements OnModuleInit {
  constructor(
    private readonly directory: ImageDirectory,
    private readonly pager: Pager,
    private readonly access: AccessPort,
    private readonly projects: ProjectDirectory,
    private readonly loaders: NodeLoaders,
  ) {}

  onModuleInit(): void {
    this.loaders.register(IMAGE_TYPE, (uid, principal) => this.#node(uid, principal));
  }

  find(project: ProjectRef, name: string): ImageRow | null {
    return this.directory.get(project, name);
  }

  /** Throws image.not_found. */
  get(project: ProjectRef, name: string): ImageRow {
    const row = this.find(project, name);
    if (!row) throw imageNotFound(`There is no image "${name.slice(0, 128)}" in this project.`);
    return row;
  }

  page(project: ProjectRef, filter: ImageFilter, order: ImageOrder, page: Forward): Page<ImageRow> {
    const rows = listed(this.directory.inProject(project), filter, order);
    return this.pager.page(rows, { ...page, ...scope(['images', project.id], filter, order) });
  }

  connection(
    project: ProjectRef,
    filter: ImageFilter,
    order: ImageOrder,
    { first, after, last, before }: Relay,
  ): Connection<ImageRow> {
    const rows = listed(this.directory.inProject(project), filter, order);
    const page = { first, after, last, before };
    return this.pager.connection(rows, { ...page, ...scope(['images', project.id], filter, order) });
  }

  async sharedPage(
    principal: Principal,
    filter: ImageFilter,
    order: ImageOrder,
    page: Forward,
  ): Promise<Page<ImageRow>> {
    const rows = listed(await this.#shared(principal), filter, order);
    return this.pager.page(rows, { ...page, ...scope(['shared-images', principal.id], filter, order) });
  }

  async sharedConnection(
    principal: Principal,
    filter: ImageFilter,
    order: ImageOrder,
    { first, after, last, before }: Relay,
  ): Promise<Connection<ImageRow>> {
    const rows = listed(await this.#shared(principal), filter, order);
    const page = { first, after, last, before };
    return this.pager.connection(rows, {
      ...page,
      ...scope(['shared-images', principal.id], filter, order),
    });
  }

  async #shared(principal: Principal): Promise<ImageRow[]> {
    const tenants = await this.#tenantsOf(principal);
    return this.directory.shared((row) => isFor(row, tenants));
  }

  /** Tenants in one of whose projects the principal may see images. */
  async #tenantsOf(principal: Principal): Promise<ReadonlySet<string>> {
    const projects = await this.access.projects(principal, 'images:read');
    return new Set(projects.map(({ tenant }) => tenant));
  }

  async #node(uid: string, principal: Principal): Promise<ImageRow | null> {
    const found = this.directory.byUid(uid);
    if (!found) return null;
    const { row, image } = found;
    if (image.namespace === IMAGES_NAMESPACE) {
      return isFor(row, await this.#tenantsOf(principal)) ? row : null;
    }
    const project = this.projects.byNamespace(image.namespace);
    return project && this.access.allows(principal, 'images:read', project) ? row : null;
  }
}

const isFor = ({ visibility, tenant }: ImageRow, tenants: ReadonlySet<string>): boolean =>
  (visibility === 'public' && tenants.size > 0) || (visibility === 'tenant' && tenants.has(tenant));

/** What a cursor is good for. */
const scope = (list: string[], { q, state, visibility }: ImageFilter, order: ImageOrder) => ({
  order,
  filter: [...list, q ?? null, state ?? null, visibility ?? null],
  keyOf: KEY_OF[order],
});
