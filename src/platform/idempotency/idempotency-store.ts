import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { Sealer } from '../crypto/sealer.js';
import { Database } from '../database/database.js';
import { idempotencyInProgress, idempotencyMismatch } from './idempotency-failures.js';

interface IdempotencyTables {
  idempotency_record: {
    id: string;
    scope: Buffer;
    fingerprint: Buffer;
    lease_owner: string | null;
    lease_until: Date | null;
    response: Buffer | null;
    created_at: Date;
  };
}

/** The present holder of a key, who must `keep` an answer or `release`. */
export interface Lease {
  outcome: 'run';
  /** The same for every attempt under one key: what was begun before a crash is found again by it. */
  id: string;
  /** Keeps the answer for 24 hours. */
  keep(answer: string): Promise<void>;
  /** Keeps nothing: the same request may run again. */
  release(): Promise<void>;
}

export interface Replay {
  outcome: 'replay';
  answer: string;
}

const LEASE_MS = 30_000;
const EXTEND_MS = 10_000;
const KEPT_HOURS = 24;
const ATTEMPTS = 5;

/** One request per key runs at a time, anywhere in the installation; its answer is kept, sealed. */
@Injectable()
export class IdempotencyStore {
  readonly #logger = new Logger(IdempotencyStore.name);

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {}

  /**
   * Takes the key, or gives the answer that was kept under it. Throws idempotency.mismatch where the key was used
   * for another request, idempotency.in_progress while another holds it.
   * @param scope SHA-256 of whose key it is and for what.
   * @param fingerprint SHA-256 of what is asked.
   */
  async begin(scope: Buffer, fingerprint: Buffer): Promise<Lease | Replay> {
    const owner = randomUUID();
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const id = await this.#take(scope, fingerprint, owner);
      if (id !== null) return this.#lease(id, owner);
      const found = await this.#records()
        .selectFrom('idempotency_record')
        .select(['id', 'fingerprint', 'response', sql<boolean>`lease_until > now()`.as('held')])
        .where('scope', '=', scope)
        .executeTakeFirst();
      // Pruned, or its lease ran out, in between: it is free now.
      if (!found) continue;
      if (!found.fingerprint.equals(fingerprint)) throw idempotencyMismatch();
      if (found.response) {
        return {
          outcome: 'replay',
          answer: this.sealer.open(found.response, place(found.id)).toString('utf8'),
        };
      }
      if (found.held) throw inProgress();
    }
    throw inProgress();
  }

  /** Deletes what is older than 24 hours; gives how many. For a scheduler. */
  async prune(): Promise<number> {
    const { numDeletedRows } = await this.#records()
      .deleteFrom('idempotency_record')
      .where(sql<boolean>`created_at < now() - make_interval(hours => ${KEPT_HOURS})`)
      .where(sql<boolean>`(lease_until is null or lease_until < now())`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  /** The id under which the request runs; null where the key is held, answered or used for something else. */
  async #take(scope: Buffer, fingerprint: Buffer, owner: string): Promise<string | null> {
    const result = await sql<{ id: string }>`
      insert into idempotency_record as record (id, scope, fingerprint, lease_owner, lease_until)
      values (${randomUUID()}, ${scope}, ${fingerprint}, ${owner}, now() + make_interval(secs => ${LEASE_MS / 1000}))
      on conflict (scope) do update set
        id = case when ${expired} then excluded.id else record.id end,
        created_at = case when ${expired} then now() else record.created_at end,
        fingerprint = excluded.fingerprint,
        response = null,
        lease_owner = excluded.lease_owner,
        lease_until = excluded.lease_until
      where (record.lease_until is null or record.lease_until < now())
        and (${expired} or (record.response is null and record.fingerprint = excluded.fingerprint))
      returning id`.execute(this.#records());
    return result.rows[0]?.id ?? null;
  }

  #lease(id: string, owner: string): Lease {
    const extend = setInterval(() => {
      this.#update(id, owner, { lease_until: inLeaseTime }).catch((error: unknown) =>
        this.#logger.warn(error),
      );
    }, EXTEND_MS);
    extend.unref();
    const end = (values: Record<string, unknown>) => {
      clearInterval(extend);
      return this.#update(id, owner, { ...values, lease_owner: null, lease_until: null });
    };
    return {
      outcome: 'run',
      id,
      keep: (answer) => end({ response: this.sealer.seal(Buffer.from(answer, 'utf8'), place(id)) }),
      release: () => end({}),
    };
  }

  async #update(id: string, owner: string, values: Record<string, unknown>): Promise<void> {
    await this.#records()
      .updateTable('idempotency_record')
      .set(values)
      .where('id', '=', id)
      .where('lease_owner', '=', owner)
      .execute();
  }

  #records() {
    return this.database.tables<IdempotencyTables>();
  }
}

const expired = sql`record.created_at < now() - make_interval(hours => ${KEPT_HOURS})`;
const inLeaseTime = sql`now() + make_interval(secs => ${LEASE_MS / 1000})`;
const inProgress = () => idempotencyInProgress(undefined, { retryAfter: 1 });
/** Where sealed bytes belong. */
const place = (id: string): string => `idempotency_record/${id}`;
