import { Injectable } from '@nestjs/common';
import { preconditionFailed } from '../../../kernel/failures.js';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { assertIfMatch, entityTag } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import type { Expectation } from '../commands/change-ssh-key.js';
import { KeyUsers } from '../data/key-users.js';
import { SshKeyStore } from '../data/ssh-key-store.js';
import { type SshKey, sshKeyVersion } from '../domain/ssh-key.js';
import { sshKeyNotFound } from '../domain/ssh-key-failures.js';
import { type SshKeyView, sshKeyView } from '../domain/ssh-key-view.js';
import type { SshKeysArgs } from './inputs.dto.js';

export const SSH_KEY_TYPE = 'ProjectSshKey';

/** One key as it is answered; its own properties are the fields of GraphQL's type, `view` is REST's. */
export interface SshKeyRow extends SshKeyView {
  uid: string;
  etag: string;
  /** Changes with all that is shown: who uses it, too. */
  readonly version: string;
  /** Changes with what a person may change. */
  readonly settings: string;
  readonly view: SshKeyView;
}

type Place = Pick<ProjectRef, 'id' | 'name' | 'namespace'>;

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class SshKeyReads {
  constructor(
    private readonly keys: SshKeyStore,
    private readonly users: KeyUsers,
    private readonly pager: Pager,
  ) {}

  async find(project: Place, name: string): Promise<SshKeyRow | null> {
    const key = await this.keys.byName(project.id, name);
    return key ? this.row(project, key) : null;
  }

  /** Throws ssh_key.not_found. */
  async get(project: Place, name: string): Promise<SshKeyRow> {
    const row = await this.find(project, name);
    if (!row) throw sshKeyNotFound(`There is no SSH key "${name}" in this project.`);
    return row;
  }

  row(project: Place, key: SshKey): SshKeyRow {
    const view = sshKeyView(key, project.name, this.users.of(project, key.name));
    const settings = sshKeyVersion(key);
    const version = JSON.stringify([settings, view.usedBy]);
    return {
      ...view,
      id: toGlobalId(SSH_KEY_TYPE, key.id),
      uid: key.id,
      etag: entityTag(version),
      version,
      settings,
      view,
    };
  }

  /** Holds a change to what the caller has seen, where it says what that is. Throws ssh_key.not_found. */
  async expectation(project: Place, name: string, ifMatch: string | null | undefined): Promise<Expectation> {
    if (!ifMatch) return () => {};
    const { version, settings } = await this.get(project, name);
    assertIfMatch({ 'if-match': ifMatch }, version);
    return (present) => {
      if (present !== settings) throw preconditionFailed();
    };
  }

  async page(
    project: Place,
    { limit, cursor, q }: { limit?: number; cursor?: string; q?: string },
  ): Promise<Page<SshKeyRow>> {
    return this.pager.page(await this.#rows(project, q), { limit, cursor, ...ordering(project, q) });
  }

  async connection(project: Place, args: SshKeysArgs): Promise<Connection<SshKeyRow>> {
    const { q, first, after, last, before } = args;
    const page = { first, after, last, before };
    return this.pager.connection(await this.#rows(project, q), { ...page, ...ordering(project, q) });
  }

  async #rows(project: Place, q: string | null | undefined): Promise<SshKeyRow[]> {
    const wanted = q?.toLowerCase() ?? '';
    const found = (await this.keys.ofProject(project.id)).filter(({ name }) => name.includes(wanted));
    return found.map((key) => this.row(project, key));
  }
}

const ordering = ({ id }: Place, q: string | null | undefined) => ({
  order: 'name',
  filter: ['ssh-keys', id, q ?? null],
  keyOf: ({ name }: SshKeyRow) => [name],
});
