import { execFile } from 'node:child_process';

/** What libvirt asks for as well: a guest that breaks out of QEMU finds no way to start anything. */
export const systemCallFilter = [
  '-sandbox',
  'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
];

/**
 * Whether QEMU runs with its seccomp filter here: it may be built without, and a container may forbid it.
 * An empty machine is started and told to quit. Never throws.
 */
export function probeSystemCallFilter(qemu: string, timeoutMs = 3_000): Promise<boolean> {
  return new Promise((resolve) => {
    const child = execFile(
      qemu,
      [...systemCallFilter, '-machine', 'none', '-nodefaults', '-display', 'none', '-monitor', 'stdio'],
      { timeout: timeoutMs, killSignal: 'SIGKILL' },
      (error) => resolve(error === null),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end('quit\n');
  });
}
