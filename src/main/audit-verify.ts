import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AuditVerdict, AuditVerification } from '../platform/audit/audit-verification.js';
import { embeddedDatabaseUrl } from '../platform/embedded-postgres/embedded-postgres.js';
import { required } from './config/required-settings.js';
import type { Settings } from './config/settings.js';
import { foundation } from './foundation.js';

/** Somebody waits, but the log may be long. */
const STATEMENT_TIMEOUT_MS = 600_000;
const ANCHOR = /^(\d{1,18}):([0-9a-f]{64})$/;

/**
 * `virtgate audit verify`: reads all of the audit log; false where it is not as it was written. Without DATABASE_URL and
 * VIRTGATE_SECRET it looks at the data directory of `virtgate up`.
 */
export async function auditVerify(settings: Settings, anchor: string | null): Promise<boolean> {
  const point = anchor === null ? null : ANCHOR.exec(anchor);
  if (anchor !== null && !point) throw new Error('An anchor is "<length>:<hash>", as a worker logs it.');
  const { VIRTGATE_SECRET, DATABASE_URL } = required(
    { ...settings, ...ofDataDirectory(settings) },
    'DATABASE_URL',
    'VIRTGATE_SECRET',
  );

  @Module({
    imports: [
      foundation({ VIRTGATE_SECRET, DATABASE_URL }, { database: { statementTimeout: STATEMENT_TIMEOUT_MS } }),
    ],
    providers: [AuditVerification],
  })
  class AuditVerifyModule {}

  const app = await NestFactory.createApplicationContext(AuditVerifyModule, { logger: ['error', 'warn'] });
  try {
    const [, seq = '0', hash = ''] = point ?? [];
    const head = point ? { seq: BigInt(seq), hash: Buffer.from(hash, 'hex') } : null;
    const verdict = await app.get(AuditVerification).run(head);
    console.log(report(verdict));
    return verdict.problems.length === 0;
  } finally {
    await app.close();
  }
}

function ofDataDirectory({ VIRTGATE_DATA, VIRTGATE_SECRET, DATABASE_URL }: Settings) {
  const secret = resolve(VIRTGATE_DATA, 'secret');
  return {
    DATABASE_URL: DATABASE_URL ?? embeddedDatabaseUrl(resolve(VIRTGATE_DATA, 'postgres')),
    VIRTGATE_SECRET: VIRTGATE_SECRET ?? (existsSync(secret) ? readFileSync(secret, 'utf8').trim() : null),
  };
}

function report({ linked, pending, before, head, problems }: AuditVerdict): string {
  return [
    `${linked} records in the chain, ${pending} waiting for their link, ${before} from before there was a chain.`,
    head ? `The chain ends at ${head.seq}:${head.hash.toString('hex')}.` : 'There is no chain yet.',
    ...problems.map(({ kind, where, message }) => `${kind}: ${where}: ${message}`),
    problems.length === 0 ? 'The audit log is as it was written.' : `Problems: ${problems.length}.`,
  ].join('\n');
}
