import { Injectable } from '@nestjs/common';
import { type ColumnType, type ExpressionBuilder, type Generated, type Selectable, sql } from 'kysely';
import { Database, type Tx } from '../../../platform/database/database.js';
import type { Requester } from '../../access/access.contract.js';

export interface StagedUploadTable {
  disk_uid: string;
  project_id: string;
  disk_name: string;
  operation_id: string;
  requester: ColumnType<Requester, string, never>;
  /** Bytes; the driver gives bigint as text. */
  total: ColumnType<string, number, never>;
  checksum: string | null;
  holder: Generated<string | null>;
  held_until: Generated<Date | null>;
  created_at: Generated<Date>;
}

interface Tables {
  staged_upload: StagedUploadTable;
}

export type StagedUpload = Selectable<StagedUploadTable>;

/** How long a holder that says nothing is believed to be alive: it says so every few seconds. */
export const HOLD_MS = 10_000;

const soon = sql<Date>`now() + ${`${HOLD_MS} milliseconds`}::interval`;
const unheld = (row: ExpressionBuilder<Tables, 'staged_upload'>) =>
  row.or([row('holder', 'is', null), row('held_until', '<', sql<Date>`now()`)]);

/** Whose the staged bytes are, and who works on them: one request of one gateway at a time. Times are the database's. */
@Injectable()
export class StagedUploads {
  constructor(private readonly database: Database) {}

  async find(diskUid: string): Promise<StagedUpload | undefined> {
    return this.#tables
      .selectFrom('staged_upload')
      .selectAll()
      .where('disk_uid', '=', diskUid)
      .executeTakeFirst();
  }

  /** Those that nobody works on. */
  async idle(): Promise<StagedUpload[]> {
    return this.#tables.selectFrom('staged_upload').selectAll().where(unheld).execute();
  }

  /** All of them, and how many bytes each was announced to be. */
  async announced(): Promise<{ diskUid: string; total: number }[]> {
    const rows = await this.#tables.selectFrom('staged_upload').select(['disk_uid', 'total']).execute();
    return rows.map(({ disk_uid, total }) => ({ diskUid: disk_uid, total: Number(total) }));
  }

  async insert(
    tx: Tx,
    {
      requester,
      ...row
    }: Pick<StagedUpload, 'disk_uid' | 'project_id' | 'disk_name' | 'operation_id' | 'requester'> & {
      total: number;
    },
  ): Promise<void> {
    await tx
      .tables<Tables>()
      .insertInto('staged_upload')
      .values({ ...row, requester: JSON.stringify(requester) })
      .execute();
  }

  /** True where it is ours now. */
  async hold(diskUid: string, operationId: string, holder: string): Promise<boolean> {
    return this.#changes(
      this.#tables
        .updateTable('staged_upload')
        .set({ holder, held_until: soon })
        .where('disk_uid', '=', diskUid)
        .where('operation_id', '=', operationId)
        .where(unheld),
    );
  }

  /** False where it is ours no more. Without `moving`, it is not kept from others any longer than it is already. */
  async isHeld(diskUid: string, holder: string, moving: boolean): Promise<boolean> {
    return this.#changes(
      this.#tables
        .updateTable('staged_upload')
        .set(moving ? { held_until: soon } : { holder })
        .where('disk_uid', '=', diskUid)
        .where('holder', '=', holder),
    );
  }

  async noteChecksum(diskUid: string, checksum: string): Promise<void> {
    await this.#tables
      .updateTable('staged_upload')
      .set({ checksum })
      .where('disk_uid', '=', diskUid)
      .execute();
  }

  async letGo(diskUid: string, holder: string): Promise<void> {
    await this.#tables
      .updateTable('staged_upload')
      .set({ holder: null, held_until: null })
      .where('disk_uid', '=', diskUid)
      .where('holder', '=', holder)
      .execute();
  }

  /** Only of this operation: another may have begun meanwhile. */
  async remove({ disk_uid, operation_id }: Pick<StagedUpload, 'disk_uid' | 'operation_id'>): Promise<void> {
    await this.#tables
      .deleteFrom('staged_upload')
      .where('disk_uid', '=', disk_uid)
      .where('operation_id', '=', operation_id)
      .execute();
  }

  async #changes(query: { executeTakeFirst(): Promise<{ numUpdatedRows: bigint }> }): Promise<boolean> {
    return (await query.executeTakeFirst()).numUpdatedRows === 1n;
  }

  get #tables() {
    return this.database.tables<Tables>();
  }
}
