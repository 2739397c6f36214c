import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A process is known by its pid and by one argument of its command line that nobody else has: the path of
 * its own pid file. A recycled pid never carries that argument, so it is never signalled.
 */
export interface GuestProcess {
  pid: number;
  pidFile: string;
}

/** Pid by pid file path, of all processes that were started with a `-pidfile` below `directory`. */
export function findGuestProcesses(directory: string): Promise<Map<string, number>> {
  return findProcessesBy('-pidfile', `${directory}/`);
}

/** Pid by value, of all processes that were started with that option and a value that begins so. */
export async function findProcessesBy(option: string, begin: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const [pid, args] of await commandLines()) {
    const value = args[args.indexOf(option) + 1];
    if (args.includes(option) && value?.startsWith(begin)) found.set(value, pid);
  }
  return found;
}

export async function isAlive({ pid, pidFile }: GuestProcess): Promise<boolean> {
  try {
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return args.includes(pidFile);
  } catch {
    if (process.platform === 'linux') {
      return false;
    }
    return (await commandLines()).some(([candidate, args]) => candidate === pid && args.includes(pidFile));
  }
}

/** SIGKILL, then waits (at most `withinMs`) until the process is gone. False if it is still there. */
export async function endProcess(guest: GuestProcess, withinMs = 10_000): Promise<boolean> {
  if (await isAlive(guest)) {
    try {
      process.kill(guest.pid, 'SIGKILL');
    } catch {
      // Gone between the look and the signal.
    }
  }
  return waitUntilGone(guest, withinMs);
}

export async function waitUntilGone(guest: GuestProcess, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await isAlive(guest)) {
    if (Date.now() >= deadline) {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

async function commandLines(): Promise<[number, string[]][]> {
  if (process.platform !== 'linux') {
    // ps joins the arguments with blanks; a pid file path with blanks in it is not told apart there.
    const { stdout } = await run('ps', ['-axww', '-o', 'pid=,args='], { maxBuffer: 1 << 24 });
    return stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map(([pid, ...args]) => [Number(pid), args]);
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid): Promise<[number, string[]]> => {
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return [Number(pid), text.split('\0')];
    }),
  );
  return lines;
}
