import { consoleNotAvailable } from './console-failures.js';
import type { ConsoleType } from './console-session.js';

/** What a console needs to know of a virtual machine. */
export interface ConsoleTarget {
  uid: string;
  running: boolean;
  paused: boolean;
  serialConsole: boolean;
  graphics: boolean;
}

/** Throws console.not_available, saying what to do. */
export function requireConsole<T extends ConsoleTarget>(target: T, name: string, type: ConsoleType): T {
  if (!target.running) throw consoleNotAvailable(`The virtual machine "${name}" is not running.`);
  if (type === 'serial' && !target.serialConsole) {
    throw consoleNotAvailable(`The virtual machine "${name}" has no serial console.`, {
      hint: 'It was made with autoattachSerialConsole: false.',
    });
  }
  if (type === 'vnc' && !target.graphics) {
    throw consoleNotAvailable(`The virtual machine "${name}" has no screen.`, {
      hint: 'It was made with autoattachGraphicsDevice: false.',
    });
  }
  if (type === 'port-forward' && target.paused) {
    throw consoleNotAvailable(`The virtual machine "${name}" is paused.`, { hint: 'Unpause it first.' });
  }
  return target;
}
