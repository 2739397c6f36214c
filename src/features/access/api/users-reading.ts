import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database.js';
import type { AccessTables } from '../data/access-tables.js';
import { findUser, type UserRow, users } from '../data/user-rows.js';
import { unseen } from '../domain/access-failures.js';
import { namedLike } from './queries.js';

/** What the doors of REST and GraphQL read of users alike. */
@Injectable()
export class UsersReading {
  constructor(private readonly database: Database) {}

  async all(filter: { q?: string | null; blocked?: boolean | null }): Promise<UserRow[]> {
    const rows = (await users(this.database.tables<AccessTables>())).filter(namedLike(filter.q));
    const { blocked } = filter;
    return typeof blocked === 'boolean'
      ? rows.filter(({ blocked_at }) => (blocked_at !== null) === blocked)
      : rows;
  }

  async one(id: string): Promise<UserRow> {
    const row = await findUser(this.database.tables<AccessTables>(), id);
    if (!row) throw unseen('user', id);
    return row;
  }
}
