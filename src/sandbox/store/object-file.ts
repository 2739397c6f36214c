import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { KubeObject } from './kube-object.js';
import type { ResourceName } from './object-store.js';

const SQLITE_BUSY = 5;

/**
 * Objects and the revision counter in one SQLite file. Write-ahead log with `synchronous=NORMAL`: a killed
 * process loses nothing, a machine that loses power may lose the last moments (never consistency).
 */
export class ObjectFile {
  private readonly database: DatabaseSync;
  private readonly upsert: StatementSync;
  private readonly erase: StatementSync;
  private readonly count: StatementSync;

  /** @throws Error if another process holds the file for longer than `lockTimeout` milliseconds. */
  constructor(directory: string, lockTimeout = 5000) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.database = new DatabaseSync(join(directory, 'objects.sqlite'));
    // One process owns the file: a second one would not see the first one's changes.
    this.execOrSayWhoHolds(
      directory,
      `
      PRAGMA busy_timeout = ${lockTimeout};
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS object (
        resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (resource, namespace, name)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
      INSERT OR IGNORE INTO counter (id, revision) VALUES (1, 1);
    `,
    );
    this.upsert = this.database.prepare(
      'INSERT INTO object (resource, namespace, name, body) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT (resource, namespace, name) DO UPDATE SET body = excluded.body',
    );
    this.erase = this.database.prepare(
      'DELETE FROM object WHERE resource = ? AND namespace = ? AND name = ?',
    );
    this.count = this.database.prepare('UPDATE counter SET revision = ?');
  }

  load(): { revision: number; objects: { resource: ResourceName; object: KubeObject }[] } {
    const counter = this.database.prepare('SELECT revision FROM counter').get() as { revision: number };
    const rows = this.database.prepare('SELECT resource, body FROM object').all() as {
      resource: string;
      body: string;
    }[];
    return {
      revision: counter.revision,
      objects: rows.map((row) => ({ resource: row.resource, object: JSON.parse(row.body) as KubeObject })),
    };
  }

  write(revision: number, resource: ResourceName, object: KubeObject, body: string): void {
    this.change(revision, () =>
      this.upsert.run(resource, object.metadata.namespace ?? '', object.metadata.name, body),
    );
  }

  remove(revision: number, resource: ResourceName, object: KubeObject): void {
    this.change(revision, () =>
      this.erase.run(resource, object.metadata.namespace ?? '', object.metadata.name),
    );
  }

  close(): void {
    this.database.close();
  }

  private execOrSayWhoHolds(directory: string, statements: string): void {
    try {
      this.database.exec(statements);
    } catch (error) {
      this.database.close();
      if ((error as { errcode?: number }).errcode === SQLITE_BUSY)
        throw new Error(`The store in ${directory} is in use by another process.`, { cause: error });
      throw error;
    }
  }

  private change(revision: number, statement: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      statement();
      this.count.run(revision);
      this.database.exec('COMMIT');
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }
}
