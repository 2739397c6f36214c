import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { AccessTables } from '../data/access-tables.js';
import { findUser, setBlocked, type UserRow } from '../data/user-rows.js';
import { unseen, userIsOneself } from '../domain/access-failures.js';
import { RecordedChange } from './recorded-change.js';

/**
 * Turns every credential of a user away, here and at what its tokens began: sign-ins of its issuer, tokens, streams,
 * jobs that are still to run in its name. Its roles stay, for when it is let in again.
 */
@Injectable()
export class BlockUser {
  constructor(private readonly change: RecordedChange) {}

  /** Throws user.is_oneself, resource.not_found. Who is blocked already stays so, with the reason of the first time. */
  execute(principal: Principal, id: string, reason: string | null): Promise<UserRow> {
    if (principal.id === id) throw userIsOneself();
    return this.change.run(principal, async (tx) => {
      const present = await findUser(tx.tables<AccessTables>(), id);
      if (!present) throw unseen('user', id);
      const row = present.blocked_at
        ? present
        : await setBlocked(tx, id, { blocked_at: new Date(), block_reason: reason });
      return changed('user.block', row ?? present, { reason });
    });
  }
}

@Injectable()
export class UnblockUser {
  constructor(private readonly change: RecordedChange) {}

  /** Throws resource.not_found. Whoever is not blocked stays so. */
  execute(principal: Principal, id: string): Promise<UserRow> {
    return this.change.run(principal, async (tx) => {
      const row = await setBlocked(tx, id, { blocked_at: null, block_reason: null });
      if (!row) throw unseen('user', id);
      return changed('user.unblock', row, {});
    });
  }
}

const changed = (action: string, row: UserRow, facts: Record<string, unknown>) => ({
  result: row,
  action,
  target: { type: 'user', name: row.name },
  project: null,
  changed: facts,
  signals: [`account/${row.id}`],
});
