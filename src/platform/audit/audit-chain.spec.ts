import { sql } from 'kysely';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { MasterKey } from '../crypto/master-key.js';
import { PostgresDatabase } from '../database/postgres-database.js';
import { AuditChain, type ChainHead } from './audit-chain.js';
import { AuditKeys } from './audit-keys.js';
import { type AuditEntry, AuditLog } from './audit-log.js';
import { AuditVerification } from './audit-verification.js';

describe('the audit log', () => {
  let fresh: FreshDatabase;
  let database: PostgresDatabase;
  let chain: AuditChain;
  let verification: AuditVerification;
  const keys = new AuditKeys(new MasterKey('k'.repeat(32)));
  const log = new AuditLog(keys);

  beforeEach(async () => {
    fresh = await freshDatabase();
    database = new PostgresDatabase({ url: fresh.url });
    chain = new AuditChain(database, keys);
    verification = new AuditVerification(database, keys);
  });

  afterEach(async () => {
    await database.close();
    await fresh.close();
  });

  const entry = (name: string, details: Record<string, unknown> = {}): AuditEntry => ({
    actor: { type: 'user', id: 'u', name: 'ada', tokenId: null },
    action: 'vm.create',
    target: { type: 'virtual-machine', name },
    project: null,
    result: 'accepted',
    details,
  });
  const append = (name: string, details: Record<string, unknown> = {}) =>
    database.transaction((tx) => log.append(tx, entry(name, details)));
  const run = (text: string) => sql.raw(text).execute(database.tables());
  /** As somebody who owns the database and forges what is in it. */
  const tamper = async (text: string) => {
    for (const table of ['audit_record', 'audit_link'])
      await run(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    await run(text);
    for (const table of ['audit_record', 'audit_link']) await run(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  };
  const kinds = async (anchor: ChainHead | null = null) =>
    (await verification.run(anchor)).problems.map(({ kind }) => kind);
  const some = async (count = 5) => {
    for (let i = 0; i < count; i += 1) await append(`vm-${i}`);
    return (await chain.extend()) as ChainHead;
  };

  it('links what was committed, in parallel too, and finds nothing wrong with it', async () => {
    await Promise.all([
      ...Array.from({ length: 60 }, (_, i) =>
        append(`vm-${i}`, { b: 1, a: { d: [1.5, null], c: 'é\u2028' } }),
      ),
      chain.extend(),
      chain.extend(),
    ]);
    await append('late');
    expect(await verification.run()).toMatchObject({ problems: [] });
    await Promise.all([chain.extend(), chain.extend()]);
    expect(await verification.run()).toMatchObject({ linked: 61, pending: 0, before: 0, problems: [] });
    expect((await chain.extend())?.seq).toBe(61n);
  });

  it('links more than one batch at a time', async () => {
    await database.transaction(async (tx) => {
      for (let i = 0; i < 1_100; i += 1) await log.append(tx, entry(String(i)));
    });
    expect((await chain.extend())?.seq).toBe(1_100n);
    expect(await verification.run()).toMatchObject({ linked: 1_100, problems: [] });
  });

  it('has no record of what was rolled back', async () => {
    await append('one');
    await expect(
      database.transaction(async (tx) => {
        await log.append(tx, entry('never'));
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect((await chain.extend())?.seq).toBe(1n);
  });

  it.each([
    "UPDATE audit_record SET actor_name = 'eve'",
    'DELETE FROM audit_record',
    'TRUNCATE audit_record',
    "UPDATE audit_link SET record_id = 'x'",
    'DELETE FROM audit_link',
    'TRUNCATE audit_link',
  ])('refuses: %s', async (statement) => {
    await some();
    await expect(run(statement)).rejects.toThrow(/append-only/);
    expect(await kinds()).toEqual([]);
  });

  it.each([
    ['a changed actor', "UPDATE audit_record SET actor_name = 'eve' WHERE target_name = 'vm-2'"],
    ['a changed time', "UPDATE audit_record SET at = at - interval '1 day' WHERE target_name = 'vm-2'"],
    ['a changed detail', `UPDATE audit_record SET details = '{"x":1}' WHERE target_name = 'vm-2'`],
    ['a changed tenant', "UPDATE audit_record SET tenant_id = 't' WHERE target_name = 'vm-2'"],
    [
      'contents that were swapped with their signatures',
      `UPDATE audit_record a SET mac = b.mac FROM audit_record b WHERE a.target_name = 'vm-2' AND b.target_name = 'vm-3'`,
    ],
  ])('finds %s', async (_what, statement) => {
    await some();
    await tamper(statement);
    expect(await kinds()).toEqual(['changed']);
  });

  it('finds a removed record, with its link or without', async () => {
    await some();
    await tamper("DELETE FROM audit_record WHERE target_name = 'vm-2'");
    expect(await kinds()).toEqual(['removed']);
    await tamper('DELETE FROM audit_link WHERE seq = 3');
    expect(await kinds()).toEqual(['removed']);
    // Closing the gap makes it worse.
    await tamper('UPDATE audit_link SET seq = seq - 1 WHERE seq > 3');
    expect(await kinds()).toEqual(['forged', 'forged', 'cut-off']);
  });

  it('finds a record that was removed before it had a link', async () => {
    await some();
    await append('unlinked');
    await tamper("DELETE FROM audit_record WHERE target_name = 'unlinked'");
    expect(await kinds()).toEqual(['removed']);
  });

  it('finds a record that was smuggled in, whatever signature it was given', async () => {
    await some();
    const copy = (id: string, mac: string) =>
      `INSERT INTO audit_record SELECT '${id}', at, actor_type, 'eve', actor_name, token_id, action, target_type,
         target_name, tenant_id, project_id, request_id, source_address, result, details, ${mac}
       FROM audit_record WHERE target_name = 'vm-2'`;
    await run(copy('00000000-0000-7000-8000-000000000000', 'mac'));
    expect(await kinds()).toEqual(['inserted']);
    // The worker links it, for it was committed; it is none of virtgate's all the same.
    await chain.extend();
    expect(await kinds()).toEqual(['changed']);
    await expect(run(copy('00000000-0000-7000-8000-000000000001', 'null'))).rejects.toThrow(
      /audit_record_has_mac/,
    );
  });

  it('finds a chain that was cut off', async () => {
    await some();
    await tamper(
      "DELETE FROM audit_record WHERE target_name >= 'vm-3'; DELETE FROM audit_link WHERE seq > 3",
    );
    expect(await kinds()).toEqual(['cut-off']);
    await tamper('DELETE FROM audit_head');
    expect(await kinds()).toEqual(['cut-off']);
    await tamper(
      `INSERT INTO audit_head (seq, hash, mac) SELECT seq, hash, '\\x00' FROM audit_link WHERE seq = 3`,
    );
    expect(await kinds()).toEqual(['forged']);
  });

  it('finds a database that was set back, by an end of the chain that was logged', async () => {
    await some(3);
    const { rows } = await sql<{ seq: string; hash: Buffer; mac: Buffer }>`SELECT * FROM audit_head`.execute(
      database.tables(),
    );
    for (const name of ['d', 'e']) await append(name);
    const logged = (await chain.extend()) as ChainHead;
    expect(await kinds(logged)).toEqual([]);
    const [old] = rows;
    await tamper(`DELETE FROM audit_record WHERE target_name IN ('d', 'e'); DELETE FROM audit_link WHERE seq > 3;
      UPDATE audit_head SET seq = 3, hash = '\\x${old?.hash.toString('hex')}', mac = '\\x${old?.mac.toString('hex')}'`);
    expect(await kinds()).toEqual([]);
    expect(await kinds(logged)).toEqual(['anchor']);
  });

  it('is another log to another secret', async () => {
    await some(2);
    const other = new AuditVerification(database, new AuditKeys(new MasterKey('x'.repeat(32))));
    expect((await other.run()).problems.map(({ kind }) => kind)).toEqual([
      'forged',
      'forged',
      'changed',
      'forged',
      'changed',
    ]);
  });
});
