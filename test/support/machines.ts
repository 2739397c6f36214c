import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a test needs of this machine; absent tools make it skip, saying so. */
export function hasTools(...tools: string[]): boolean {
  return tools.every((tool) => {
    try {
      execFileSync('which', [tool], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** `describe`, or `describe.skip` with the reason in the name. */
export function describeWith(tools: string[], name: string, body: () => void): void {
  if (hasTools(...tools)) describe(name, body);
  else describe.skip(`${name} (skipped: needs ${tools.join(', ')})`, body);
}

/** Process ids of QEMU guests whose command line names `needle`; with `guest` only those of the machine of that name. */
export function qemuProcesses(needle: string, guest?: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return (
          command.includes('qemu-system') &&
          command.includes(needle) &&
          (guest === undefined || command.includes(`_${guest},`))
        );
      } catch {
        return false;
      }
    });
}

/** Disk image files of a sandbox. */
export function diskFiles(dataDirectory: string): string[] {
  const directory = join(dataDirectory, 'sandbox', 'disks');
  return existsSync(directory) ? readdirSync(directory) : [];
}
