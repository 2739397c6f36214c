import type { ChildProcess } from 'node:child_process';
import type { NodeLogger } from '../node-logger.js';
import type { GuestFiles } from './guest-files.js';
import { lastComplaint } from './guest-launch.js';
import { endProcess, type GuestProcess, waitUntilGone } from './guest-process.js';
import type { QmpClient } from './qmp-client.js';

/** How a child ended, as soon as that is known; empty for a process that is no child of ours. */
export class ChildEnd {
  /** `status 1`, `signal SIGKILL`, or why it never ran. */
  description = '';
  readonly known: Promise<void>;

  constructor(child?: ChildProcess) {
    this.known = child
      ? new Promise((resolve) => {
          child.once('error', (error) => {
            this.description = error.message;
            resolve();
          });
          child.once('exit', (status, signal) => {
            this.description = signal ? `signal ${signal}` : `status ${status}`;
            resolve();
          });
        })
      : Promise.resolve();
  }
}

/** Waits for a process that is about to go, ends it when it does not, and lets its last words arrive. */
export async function seeOff(
  guest: GuestProcess,
  childEnd: ChildEnd,
  qmp: QmpClient | undefined,
  logger: NodeLogger,
): Promise<void> {
  if (!(await waitUntilGone(guest, qmp ? 3_000 : 0)) && !(await endProcess(guest))) {
    logger.warn('QEMU does not end', { pid: guest.pid });
  }
  await within(500, Promise.all([childEnd.known, qmp?.whenClosed]));
}

/** The reason of an end that nobody asked for. */
export async function unexpectedEnd(files: GuestFiles, { description }: ChildEnd): Promise<string> {
  const complaint = await lastComplaint(files);
  return `QEMU ended unexpectedly${description && ` with ${description}`}${complaint && `: ${complaint}`}`;
}

/** Waits for the work, but not longer. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
