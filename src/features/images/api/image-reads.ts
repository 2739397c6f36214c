import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { IMAGE_TYPE, ImageDirectory, type ImageRow } from '../data/image-directory.js';
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
type Query = string | null | undefined;

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

  page(project: ProjectRef, q: Query, page: Forward): Page<ImageRow> {
    return this.pager.page(matching(this.directory.inProject(project), q), { ...page, ...own(project, q) });
  }

  connection(project: ProjectRef, q: Query, { first, after, last, before }: Relay): Connection<ImageRow> {
    const page = { first, after, last, before };
    return this.pager.connection(matching(this.directory.inProject(project), q), {
      ...page,
      ...own(project, q),
    });
  }

  async sharedPage(principal: Principal, q: Query, page: Forward): Promise<Page<ImageRow>> {
    return this.pager.page(matching(await this.#shared(principal), q), { ...page, ...shared(principal, q) });
  }

  async sharedConnection(
    principal: Principal,
    q: Query,
    { first, after, last, before }: Relay,
  ): Promise<Connection<ImageRow>> {
    const page = { first, after, last, before };
    return this.pager.connection(matching(await this.#shared(principal), q), {
      ...page,
      ...shared(principal, q),
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

function matching(rows: ImageRow[], q: Query): ImageRow[] {
  const wanted = q?.toLowerCase();
  if (!wanted) return rows;
  return rows.filter(({ name, displayName }) =>
    `${name}\n${displayName ?? ''}`.toLowerCase().includes(wanted),
  );
}

const own = (project: ProjectRef, q: Query) => ({
  order: 'name',
  filter: ['images', project.id, q ?? null],
  keyOf: ({ name }: ImageRow) => [name],
});

const shared = (principal: Principal, q: Query) => ({
  order: 'name',
  filter: ['shared-images', principal.id, q ?? null],
  keyOf: ({ project, name }: ImageRow) => [project, name],
});
