import { consoleNotAvailable } from './console-failures.js';

/** What a console needs to know of a virtual machine. */
export interface ConsoleTarget {
  uid: string;
  running: boolean;
  serialConsole: boolean;
}

/** Throws console.not_available, saying what to do. */
export function requireConsole<T extends ConsoleTarget>(target: T, name: string): T {
  if (!target.running) throw consoleNotAvailable(`The virtual machine "${name}" is not running.`);
  if (!target.serialConsole) {
    throw consoleNotAvailable(`The virtual machine "${name}" has no serial console.`, {
      hint: 'It was made with autoattachSerialConsole: false.',
    });
  }
  return target;
}
