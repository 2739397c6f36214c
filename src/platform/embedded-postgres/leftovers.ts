import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends what an earlier life left behind on a Postgres data directory: the postmaster of a killed supervisor, or
 * backends that are still noticing the death of their postmaster. Afterwards a postmaster.pid whose number now
 * belongs to a stranger is removed; one that belongs to nobody is left for Postgres, which judges it well.
 */
export async function endLeftovers(dataDirectory: string, patienceMs = 20_000): Promise<void> {
  const recorded = recordedPid(dataDirectory);
  const deadline = Date.now() + patienceMs;
  let signal: NodeJS.Signals = 'SIGINT';
  for (;;) {
    const running = postgresProcesses(dataDirectory, recorded);
    if (running.length === 0) break;
    // Only the postmaster is told; it ends its backends itself, and orphaned backends end by themselves.
    if (recorded !== null && running.includes(recorded)) kill(recorded, signal);
    if (Date.now() > deadline) {
      throw new Error(`Processes ${running.join(', ')} still hold the database in ${dataDirectory}.`);
    }
    if (Date.now() > deadline - patienceMs / 2) signal = 'SIGQUIT';
    await sleep(100);
  }
  if (recorded !== null && alive(recorded)) rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
}

function recordedPid(dataDirectory: string): number | null {
  const file = join(dataDirectory, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 1 ? pid : null;
}

/** Every Postgres process works in its data directory: that tells ours from any other. */
function postgresProcesses(dataDirectory: string, recorded: number | null): number[] {
  if (!existsSync('/proc/self/cwd')) {
    return recorded !== null && commandOf(recorded).includes(dataDirectory) ? [recorded] : [];
  }
  const home = existsSync(dataDirectory) ? realpathSync(dataDirectory) : dataDirectory;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`) === home &&
          basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('postgres')
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

function commandOf(pid: number): string {
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between.
  }
}
