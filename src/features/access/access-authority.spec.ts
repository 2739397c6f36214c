import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { SystemClock } from '../../kernel/clock.js';
import type { Principal } from '../../kernel/principal.js';
import { AuditKeys } from '../../platform/audit/audit-keys.js';
import { AuditLog } from '../../platform/audit/audit-log.js';
import type { AuditTables } from '../../platform/audit/audit-tables.js';
import { runInContext } from '../../platform/context/request-context.js';
import { MasterKey } from '../../platform/crypto/master-key.js';
import { PostgresDatabase } from '../../platform/database/postgres-database.js';
import { SqlOutbox } from '../../platform/queue/sql-outbox.js';
import { AccessAuthority } from './access-authority.js';
import { AddMember } from './commands/member-commands.js';
import type { NamespaceAdoption } from './commands/namespace-adoption.js';
import { CreateProject } from './commands/project-commands.js';
import { RecordedChange } from './commands/recorded-change.js';
import { CreateTenant } from './commands/tenant-commands.js';
import { CreateToken, RevokeToken } from './commands/token-commands.js';
import { AccessDirectory } from './data/access-directory.js';
import type { AccessTables } from './data/access-tables.js';
import { ensureUser } from './data/account-rows.js';
import { insertBinding } from './data/binding-rows.js';
import { CredentialStore } from './data/credential-store.js';
import { deleteTokensOver, mintToken } from './data/token-rows.js';

/** What one process of virtgate has of the room. */
class Process {
  readonly database: PostgresDatabase;
  readonly directory: AccessDirectory;
  readonly credentials: CredentialStore;
  readonly authority: AccessAuthority;
  readonly change: RecordedChange;
  readonly clock = new SystemClock();

  constructor(url: string) {
    this.database = new PostgresDatabase({ url, poolSize: 3 });
    this.directory = new AccessDirectory(this.database);
    this.credentials = new CredentialStore(this.database);
    this.authority = new AccessAuthority(this.database, this.credentials, this.directory, this.clock);
    this.change = new RecordedChange(
      this.database,
      new AuditLog(new AuditKeys(new MasterKey('k'.repeat(32)))),
      this.authority,
      this.directory,
    );
    this.directory.onModuleInit();
    this.authority.onModuleInit();
  }

  async close(): Promise<void> {
    this.authority.onModuleDestroy();
    this.directory.onModuleDestroy();
    await this.database.close();
  }
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error('waited in vain');
}

describe('the authority over access', () => {
  let fresh: FreshDatabase;
  let here: Process;
  let there: Process;

  // An outage is part of the test, and would be told.
  beforeAll(() => Logger.overrideLogger(false));

  beforeEach(async () => {
    fresh = await freshDatabase();
    here = new Process(fresh.url);
    there = new Process(fresh.url);
    await Promise.all([here.directory.whenLoaded(), there.directory.whenLoaded()]);
  });

  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await fresh.close();
  });

  async function root(expiresAt = new Date(Date.now() + 3_600_000)): Promise<string> {
    return here.database.transaction(async (tx) => {
      const account = { type: 'user', id: await ensureUser(tx, 'root') } as const;
      const scope = { level: 'platform' } as const;
      await insertBinding(tx, { account, role: 'platform-admin', scope, expiresAt: null });
      return (await mintToken(tx, { name: 'root', account, scopes: null, expiresAt })).secret;
    });
  }

  const unauthenticated = { code: 'auth.unauthenticated' };

  it('keeps only the hash of a token', async () => {
    const secret = await root();
    const rows = await here.database.tables<AccessTables>().selectFrom('api_token').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(4));
    expect(rows[0]?.hash.toString('latin1')).not.toContain(secret.slice(4));
    expect((await here.authority.authenticate(secret)).name).toBe('root');
  });

  it('writes down, coarsely, that a token was used', async () => {
    const secret = await root();
    const lastUsed = async () => {
      const query = here.database.tables<AccessTables>().selectFrom('api_token').select('last_used_at');
      return (await query.executeTakeFirstOrThrow()).last_used_at?.getTime();
    };
    expect(await lastUsed()).toBeUndefined();
    await here.authority.authenticate(secret);
    const first = await lastUsed();
    expect(Math.abs(Date.now() - (first ?? 0))).toBeLessThan(60_000);
    here.authority.heard(null);
    await here.authority.authenticate(secret);
    expect(await lastUsed()).toBe(first);
  });

  it('ends a token at its expiry although it is remembered', async () => {
    const secret = await root(new Date(Date.now() + 700));
    const principal = await here.authority.authenticate(secret);
    const project = { id: 'p', name: 'p', tenantId: 't', tenant: 't', namespace: 'n' };
    expect(here.authority.allows(principal, 'vms:read', project)).toBe(true);
    await sleep(800);
    await expect(here.authority.authenticate(secret)).rejects.toMatchObject(unauthenticated);
    expect(here.authority.allows(principal, 'vms:read', project)).toBe(false);
    expect(await here.authority.refresh(principal)).toBeNull();
  });

  it('has a limit of live tokens, which dead ones do not count towards', async () => {
    const boss = await here.authority.authenticate(await root());
    const minting = new CreateToken(here.change, here.authority, here.clock);
    const account = { type: 'user', id: boss.id } as const;
    await here.database.transaction(async (tx) => {
      const [dead, live] = [new Date(Date.now() - 1000), new Date(Date.now() + 600_000)];
      for (let i = 0; i < 10; i += 1)
        await mintToken(tx, { name: 'd', account, scopes: null, expiresAt: dead });
      for (let i = 0; i < 98; i += 1)
        await mintToken(tx, { name: 'l', account, scopes: null, expiresAt: live });
    });
    await minting.execute(boss, { name: 'the hundredth', expiresIn: '1h' });
    await expect(minting.execute(boss, { name: 'one more', expiresIn: '1h' })).rejects.toMatchObject({
      code: 'token.limit_reached',
    });
    expect(await deleteTokensOver(here.database.tables<AccessTables>(), new Date())).toBe(10);
  });

  it('tells the other processes at once of a revoked token and of a right that was given', async () => {
    const boss = await here.authority.authenticate(await root());
    const tenant = await new CreateTenant(here.change).execute(boss, { name: 'acme' });
    const outbox = new SqlOutbox(here.database);
    const noAdoption = {} as NamespaceAdoption;
    await new CreateProject(here.change, outbox, here.authority, noAdoption).execute(boss, tenant, {
      name: 'shop',
    });
    const project = await there.authority.project(boss, 'shop', 'vms:read');
    expect(project).toMatchObject({ name: 'shop', tenant: 'acme', state: 'Provisioning' });

    const ada = await here.database.transaction(async (tx) => {
      const account = { type: 'user', id: await ensureUser(tx, 'ada'), name: 'ada' } as const;
      const expiresAt = new Date(Date.now() + 3_600_000);
      return {
        ...(await mintToken(tx, { name: 'a', account, scopes: null, expiresAt })),
        account,
      };
    });
    const asAda = (): Promise<Principal> => there.authority.authenticate(ada.secret);
    await expect(there.authority.project(await asAda(), 'shop', 'vms:read')).rejects.toMatchObject({
      code: 'resource.not_found',
    });
    const scope = { level: 'tenant', tenantId: tenant.id, tenant: 'acme' } as const;
    await new AddMember(here.change, here.authority).execute(boss, scope, { user: 'ada', role: 'viewer' });
    await until(async () => there.authority.allows(await asAda(), 'vms:read', project));
    await expect(there.authority.project(await asAda(), 'shop', 'vms:start')).rejects.toMatchObject({
      code: 'auth.forbidden',
      details: { permission: 'vms:start' },
    });

    await new RevokeToken(here.change, here.clock).execute(boss, ada.account, ada.row.id);
    const began = Date.now();
    await until(() =>
      asAda()
        .then(() => false)
        .catch((error) => error.code === unauthenticated.code),
    );
    // Well under the time that an entry would have lived without the signal.
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('writes what was done into the audit, in the same transaction, and nothing on a dry run', async () => {
    const boss = await here.authority.authenticate(await root());
    const context = { requestId: 'r-1', sourceAddress: '192.0.2.7', idempotencyId: null };
    const create = new CreateTenant(here.change);
    await runInContext({ ...context, dryRun: true }, () => create.execute(boss, { name: 'dream' }));
    await runInContext({ ...context, dryRun: false }, () => create.execute(boss, { name: 'acme' }));
    await expect(create.execute(boss, { name: 'acme' })).rejects.toMatchObject({ code: 'tenant.exists' });
    const records = await here.database
      .tables<AuditTables>()
      .selectFrom('audit_record')
      .selectAll()
      .execute();
    expect(records).toEqual([
      expect.objectContaining({
        action: 'tenant.create',
        target_type: 'tenant',
        target_name: 'acme',
        actor_name: 'root',
        request_id: 'r-1',
        source_address: '192.0.2.7',
        result: 'accepted',
      }),
    ]);
  });

  it('twenty that create one tenant at once make one', async () => {
    const boss = await here.authority.authenticate(await root());
    const attempts = Array.from({ length: 20 }, (_, index) =>
      new CreateTenant((index % 2 ? here : there).change).execute(boss, { name: 'acme' }),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'tenant.exists' });
    }
  });

  it('answers from memory while the database is away, and says so where it cannot', async () => {
    const secret = await root();
    const wire = await Wire.to(fresh.url);
    const cut = new Process(wire.url);
    try {
      await cut.directory.whenLoaded();
      // A process forgets whom it knows when it begins to hear; that is behind it once it has heard of a change.
      const heard = new Set<string | null>();
      cut.database.listen('access', (signal) => heard.add(signal));
      const { id } = await new CreateTenant(here.change).execute(await here.authority.authenticate(secret), {
        name: 'first',
      });
      await until(async () => {
        await here.database.transaction((tx) => here.database.notify(tx, 'access', `tenant/${id}`));
        return heard.has(`tenant/${id}`);
      });
      const principal = await cut.authority.authenticate(secret);
      const tenant = await new CreateTenant(cut.change).execute(principal, { name: 'acme' });
      const minting = new CreateToken(cut.change, cut.authority, cut.clock);
      const unseen = await minting.execute(principal, { name: 'b', expiresIn: '1h' });
      wire.cut();
      expect((await cut.authority.authenticate(secret)).name).toBe('root');
      expect(await cut.authority.tenant(principal, 'acme', 'tenants:read')).toMatchObject({ id: tenant.id });
      await expect(cut.authority.authenticate(unseen.secret)).rejects.toMatchObject({
        code: 'service.unavailable',
      });
      await wire.mend();
      await until(() =>
        cut.authority.authenticate(unseen.secret).then(
          () => true,
          () => false,
        ),
      );
    } finally {
      await cut.close();
      await wire.close();
    }
  });
});

/** A way to the database that can be cut. */
class Wire {
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;

  private constructor(
    private readonly target: URL,
    private port: number,
  ) {}

  static async to(url: string): Promise<Wire> {
    const wire = new Wire(new URL(url), 0);
    await wire.mend();
    return wire;
  }

  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  async mend(): Promise<void> {
    const server = createServer((near) => {
      const far = connect({ host: this.target.hostname, port: Number(this.target.port) });
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    await new Promise<void>((up) => server.listen(this.port, '127.0.0.1', up));
    this.port = (server.address() as { port: number }).port;
    this.server = server;
  }

  cut(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
  }
}
