import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import type { GuestSpec } from '../node-driver.js';
import type { GuestFiles } from './guest-files.js';
import { endProcess, findProcessesBy } from './guest-process.js';
import { findOnPath } from './qemu-tools.js';

const startTimeoutMs = 10_000;

/** By this one argument a TPM's process is told from all others, as a guest's by its pid file. */
const markOf = ({ tpmPidFile }: GuestFiles): string => `file=${tpmPidFile}`;

/**
 * Starts the process that is the guest's TPM and waits until QEMU can speak to it. It ends by itself when QEMU lets go
 * of it, however QEMU ends; one that QEMU never came to is ended by {@link endTpm}. Throws an Error in words where this
 * machine has none.
 */
export async function startTpm(spec: GuestSpec, files: GuestFiles): Promise<void> {
  const swtpm = findOnPath('swtpm');
  if (!swtpm) throw new Error('This machine has no TPM (swtpm) for guests: install the package swtpm');
  const directory = spec.kept?.tpmDirectory ?? files.tpmState;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ([directory, files.tpm, files.tpmPidFile].some((path) => path.includes(','))) {
    throw new Error('A TPM (swtpm) cannot be kept below a directory with a comma in its name');
  }
  await endTpm(files);
  await Promise.all([files.tpm, files.tpmPidFile].map((path) => rm(path, { force: true })));
  const args = [
    'socket',
    '--tpm2',
    ...['--tpmstate', `dir=${directory},mode=0600`],
    ...['--ctrl', `type=unixio,path=${files.tpm},mode=0600`],
    ...['--pid', markOf(files)],
    '--terminate',
  ];
  const log = openSync(files.tpmLog, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(swtpm, args, { detached: true, cwd: files.directory, stdio: ['ignore', log, log] });
    child.unref();
  } finally {
    closeSync(log);
  }
  let ended = '';
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (status, signal) => (ended = signal ?? `status ${status}`));
  const deadline = Date.now() + startTimeoutMs;
  while (!existsSync(files.tpm) && ended === '' && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (existsSync(files.tpm) && ended === '') return;
  await endTpm(files, child.pid);
  const words = (await readFile(files.tpmLog, 'utf8').catch(() => '')).trim().split('\n').at(-1);
  throw new Error(`The TPM did not start: ${words || ended || 'it took too long'}`);
}

/** Ends the TPM of a guest whose QEMU is gone, should it still be there. */
export async function endTpm(files: GuestFiles, pid?: number): Promise<void> {
  const known = pid ?? Number(await readFile(files.tpmPidFile, 'utf8').catch(() => ''));
  if (known > 0) await endProcess({ pid: known, pidFile: markOf(files) });
}

/** Pids of all TPMs of guests below the directory, by the file with which {@link endTpm} finds them. */
export function findTpms(guestsDirectory: string): Promise<Map<string, number>> {
  return findProcessesBy('--pid', `file=${guestsDirectory}/`);
}
