import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../../../platform/database/database.js';
import type { SshKey } from '../domain/ssh-key.js';
import { fromSshKey, type SshKeyTables, toSshKey } from './ssh-key-tables.js';

/** This room's SQL. */
@Injectable()
export class SshKeyStore {
  constructor(private readonly database: Database) {}

  /** By name, by code unit as pages compare. */
  async ofProject(projectId: string): Promise<SshKey[]> {
    const rows = await this.#select().where('project_id', '=', projectId).execute();
    return rows.map(toSshKey).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async byName(projectId: string, name: string): Promise<SshKey | null> {
    const found = this.#select().where('project_id', '=', projectId).where('name', '=', name);
    const row = await found.executeTakeFirst();
    return row ? toSshKey(row) : null;
  }

  async byId(id: string): Promise<SshKey | null> {
    const row = await this.#select().where('id', '=', id).executeTakeFirst();
    return row ? toSshKey(row) : null;
  }

  /** The row is this transaction's until it ends. */
  async lock(tx: Tx, projectId: string, name: string): Promise<SshKey | null> {
    const row = await tx
      .tables<SshKeyTables>()
      .selectFrom('ssh_key')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirst();
    return row ? toSshKey(row) : null;
  }

  async count(tx: Tx, projectId: string): Promise<number> {
    const { total } = await tx
      .tables<SshKeyTables>()
      .selectFrom('ssh_key')
      .select(({ fn }) => fn.countAll<string>().as('total'))
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow();
    return Number(total);
  }

  /** False where the project has one of this name, or this key under another. */
  async insert(tx: Tx, key: SshKey): Promise<boolean> {
    const row = await tx
      .tables<SshKeyTables>()
      .insertInto('ssh_key')
      .values(fromSshKey(key))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  async write(tx: Tx, id: string, { automatic, updatedAt }: SshKey): Promise<SshKey> {
    const row = await tx
      .tables<SshKeyTables>()
      .updateTable('ssh_key')
      .set((eb) => ({ automatic, updated_at: updatedAt, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toSshKey(row);
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.tables<SshKeyTables>().deleteFrom('ssh_key').where('id', '=', id).execute();
  }

  #select() {
    return this.database.tables<SshKeyTables>().selectFrom('ssh_key').selectAll();
  }
}
