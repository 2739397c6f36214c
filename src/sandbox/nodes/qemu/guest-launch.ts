import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GuestSpec } from '../node-driver.js';
import { type GuestFiles, makeSocketDirectory } from './guest-files.js';
import { isoImage } from './iso-image.js';
import {
  type Incoming,
  type MachineChoice,
  qemuArguments,
  uefiFirmware,
  uefiVariables,
} from './qemu-arguments.js';
import { startTpm } from './tpm-process.js';

/**
 * Lays out the files of a guest and starts its process, which outlives this one. A process that waits for a guest to
 * move to it takes the files as they are.
 */
export async function launchGuest(
  qemu: string,
  guestsDirectory: string,
  spec: GuestSpec,
  files: GuestFiles,
  choice: MachineChoice,
  incoming?: Incoming,
): Promise<ChildProcess> {
  const args = qemuArguments(spec, files, choice, incoming);
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  makeSocketDirectory(guestsDirectory, files);
  await Promise.all(
    [files.qmp, files.serial, files.vnc, files.agent, files.pidFile].map((path) => rm(path, { force: true })),
  );
  if (spec.cloudInit && !incoming) {
    await writeSeed(files.seed, spec.cloudInit);
  }
  if (!incoming) await writeDiscs(spec, files);
  const firmware = uefiFirmware(spec, choice);
  if (firmware && !incoming) await layOutVariables(firmware.variables, spec, files);
  if (spec.tpm) await startTpm(spec, files);
  const log = openSync(files.log, 'a', 0o600);
  try {
    const child = spawn(qemu, args, { detached: true, cwd: files.directory, stdio: ['ignore', log, log] });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Kept ones are copied once, whole or not at all; all others at each start. */
async function layOutVariables(template: string, spec: GuestSpec, files: GuestFiles): Promise<void> {
  const path = uefiVariables(spec, files);
  const kept = path !== files.uefiVariables;
  if (kept && existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await copyFile(template, `${path}.new`);
  await rename(`${path}.new`, path);
}

/** The label is KubeVirt's. */
async function writeDiscs({ sysprep = [] }: GuestSpec, files: GuestFiles): Promise<void> {
  await Promise.all(
    sysprep.map(({ files: written }, index) => {
      const contents = Object.entries(written).map(([name, text]) => [name, Buffer.from(text, 'base64')]);
      return writeFile(files.disc(index), isoImage('unattendCD', Object.fromEntries(contents)), {
        mode: 0o600,
      });
    }),
  );
}

async function writeSeed(directory: string, seed: NonNullable<GuestSpec['cloudInit']>): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'meta-data'), seed.metaData, { mode: 0o600 });
  // cloud-init takes a seed without user-data for none at all.
  await writeFile(join(directory, 'user-data'), seed.userData ?? '', { mode: 0o600 });
  if (seed.networkData !== undefined) {
    await writeFile(join(directory, 'network-config'), seed.networkData, { mode: 0o600 });
  }
}

/** The last thing that QEMU complained about, for the person who has to understand it. */
export async function lastComplaint(files: GuestFiles): Promise<string> {
  const text = await readFile(files.log, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.includes(': warning:'));
  return (lines.at(-1) ?? '').replace(/^\S*qemu-system-x86_64: /, '').slice(0, 500);
}
