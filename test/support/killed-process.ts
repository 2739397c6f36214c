import { readFileSync } from 'node:fs';
import type { Virtgate } from './virtgate.js';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The embedded Postgres has an address and a password of its own; the processes are told. */
export function databaseOf(virtgate: Virtgate): string {
  const environment = readFileSync(`/proc/${virtgate.pid('worker')}/environ`, 'utf8').split('\0');
  return environment.find((line) => line.startsWith('DATABASE_URL='))?.slice('DATABASE_URL='.length) ?? '';
}
