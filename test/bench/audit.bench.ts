import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { AuditChain } from '../../src/platform/audit/audit-chain.js';
import { AuditKeys } from '../../src/platform/audit/audit-keys.js';
import { type AuditEntry, AuditLog } from '../../src/platform/audit/audit-log.js';
import { MasterKey } from '../../src/platform/crypto/master-key.js';
import type { Tx } from '../../src/platform/database/database.js';
import { migrate } from '../../src/platform/database/migrations.js';
import { PostgresDatabase } from '../../src/platform/database/postgres-database.js';
import { EmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.js';

/**
 * What the audit costs those who write: transactions a second with no record, with a record that a worker links
 * afterwards (as virtgate does), and with the link made in the transaction itself. Postgres flushes to disk as in
 * production. The figures to quote are the ratios.
 */
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const WRITERS = 10;

const directory = mkdtempSync(join(tmpdir(), 'virtgate-audit-bench-'));
const postgres = new EmbeddedPostgres({ directory });
try {
  const { url } = await postgres.start();
  await migrate(url);
  const database = new PostgresDatabase({ url, poolSize: WRITERS });
  const keys = new AuditKeys(new MasterKey('k'.repeat(32)));
  const log = new AuditLog(keys);
  const chain = new AuditChain(database, keys);
  await sql`CREATE TABLE bench (id bigint GENERATED ALWAYS AS IDENTITY, note text)`.execute(
    database.tables(),
  );
  await chain.extend();
  const deed = (tx: Tx) => sql`INSERT INTO bench (note) VALUES ('x')`.execute(tx.tables());
  const entry: AuditEntry = {
    actor: { type: 'user', id: 'u', name: 'ada', tokenId: null },
    action: 'vm.create',
    target: { type: 'virtual-machine', name: 'web-1' },
    project: null,
    result: 'accepted',
  };
  const ways: Record<string, (tx: Tx) => Promise<void>> = {
    'no audit': async (tx) => void (await deed(tx)),
    'linked afterwards': async (tx) => {
      await deed(tx);
      await log.append(tx, entry);
    },
    'linked in the transaction': async (tx) => {
      await deed(tx);
      await sql`SELECT seq FROM audit_head FOR UPDATE`.execute(tx.tables());
      await log.append(tx, entry);
      await sql`UPDATE audit_head SET seq = seq`.execute(tx.tables());
    },
  };
  const figures: Record<string, { 'transactions/s': number; 'x no audit': string }> = {};
  let base = 0;
  for (const [name, work] of Object.entries(ways)) {
    const linking = setInterval(() => void (name === 'linked afterwards' && chain.extend()), 1_000);
    const end = performance.now() + SECONDS * 1_000;
    let done = 0;
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        while (performance.now() < end) {
          await database.transaction(work);
          done += 1;
        }
      }),
    );
    clearInterval(linking);
    const rate = done / SECONDS;
    base ||= rate;
    figures[name] = { 'transactions/s': Math.round(rate), 'x no audit': (rate / base).toFixed(2) };
  }
  console.table(figures);
  const [started, before] = [performance.now(), await pending()];
  await chain.extend();
  console.log(`${before} waiting records linked in ${Math.round(performance.now() - started)} ms`);
  await database.close();

  async function pending(): Promise<number> {
    const { rows } = await sql<{ n: string }>`SELECT count(*) AS n FROM audit_pending`.execute(
      database.tables(),
    );
    return Number(rows[0]?.n);
  }
} finally {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}
