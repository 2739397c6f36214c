import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Clock } from '../../../kernel/clock.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { Outbox } from '../../../platform/queue/job-queue.js';
import type { AccessTables } from '../data/access-tables.js';
import type { Account } from '../data/account.js';
import { ensureUser } from '../data/account-rows.js';
import { insertBinding } from '../data/binding-rows.js';
import { syncProjectJob } from '../data/sync-project-job.js';
import { insertProject, insertTenant } from '../data/tenancy-rows.js';
import { findLiveToken, mintToken } from '../data/token-rows.js';
import { namespaceName } from '../domain/names.js';
import { PLATFORM_ADMIN } from '../domain/roles.js';
import { tokenHash } from '../domain/token-secret.js';

const DAY_MS = 86_400_000;
const TOKEN_LIFETIME_MS = 90 * DAY_MS;
/** A token that ends sooner is replaced at the start. */
const RENEW_BEFORE_MS = DAY_MS;
/** Of two that start at once, the second finds what the first has made. */
const LOCK = 7_164_652;

/** What somebody needs to begin: a tenant, a project and an administrator's token. */
@Injectable()
export class Bootstrap {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes sure of tenant `demo`, project `demo`, user `admin` (platform-admin) and an admin token in
   * `<dataDirectory>/admin-token` (mode 600). What is there already stays; a token that is still good for more than a
   * day is kept. Returns the token.
   */
  ensureDemo({ dataDirectory }: { dataDirectory: string }): Promise<string> {
    return this.database.transaction(async (tx) => {
      await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(tx.tables());
      await this.ensureProject(tx, await ensureTenant(tx));
      const admin = { type: 'user', id: await ensureUser(tx, 'admin') } as const;
      const binding = {
        account: admin,
        role: PLATFORM_ADMIN,
        scope: { level: 'platform' },
        expiresAt: null,
      } as const;
      if (await insertBinding(tx, binding)) await this.database.notify(tx, 'access', `account/${admin.id}`);
      return this.ensureToken(tx, admin, join(dataDirectory, 'admin-token'));
    });
  }

  private async ensureProject(tx: Tx, tenantId: string): Promise<void> {
    const id = randomUUID();
    const project = await insertProject(tx, {
      id,
      tenant_id: tenantId,
      name: 'demo',
      display_name: 'Demo',
      labels: {},
      namespace: namespaceName({ id, name: 'demo' }),
    });
    if (!project) return;
    await this.outbox.add(tx, syncProjectJob(project));
    await this.database.notify(tx, 'access', `project/${id}`);
  }

  private async ensureToken(tx: Tx, admin: Account, file: string): Promise<string> {
    const now = this.clock.now();
    const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
    const hash = tokenHash(kept);
    const row = hash && (await findLiveToken(tx, hash, new Date(now.getTime() + RENEW_BEFORE_MS)));
    if (row && row.user_id === admin.id && row.scopes === null) {
      await chmod(file, 0o600);
      return kept;
    }
    const expiresAt = new Date(now.getTime() + TOKEN_LIFETIME_MS);
    const { secret } = await mintToken(tx, {
      name: 'admin-token',
      account: admin,
      scopes: null,
      mints: true,
      expiresAt,
    });
    await writePrivately(file, `${secret}\n`);
    return secret;
  }
}

async function ensureTenant(tx: Tx): Promise<string> {
  await insertTenant(tx, { id: randomUUID(), name: 'demo', display_name: 'Demo' });
  const { id } = await tx
    .tables<AccessTables>()
    .selectFrom('tenant')
    .select('id')
    .where('name', '=', 'demo')
    .executeTakeFirstOrThrow();
  return id;
}

/** Whole or not at all, and never readable by others, not even for a moment. */
async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, file);
}
