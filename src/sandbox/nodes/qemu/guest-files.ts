import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the closing zero. */
const maxSocketPath = 100;

/** A guest that moves is two processes for a while: each has its place. */
export type SeatNumber = 0 | 1;

/** Where one guest's run-time files are. The disks are not among them. */
export interface GuestFiles {
  directory: string;
  record: string;
  pidFile: string;
  log: string;
  serialLog: string;
  seed: string;
  /** CDs that are made for it, by number. */
  disc(index: number): string;
  uefiVariables: string;
  /** What its TPM remembers. */
  tpmState: string;
  tpmPidFile: string;
  tpmLog: string;
  /** Where QEMU speaks to the process that is its TPM. */
  tpm: string;
  qmp: string;
  serial: string;
  vnc: string;
  agent: string;
  /** Where a process waits for the guest that moves to it. */
  migration: string;
  seat: SeatNumber;
  /** All sockets are directly in here, and nothing else. */
  socketDirectory: string;
}

/** Throws for a uid that could leave the directory. */
export function guestFiles(guestsDirectory: string, uid: string, seat: SeatNumber = 0): GuestFiles {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(uid)) {
    throw new Error(`Not a guest's uid: ${JSON.stringify(uid)}`);
  }
  const directory = join(guestsDirectory, uid);
  const socketDirectory = shortEnough(directory)
    ? directory
    : join(shortDirectory(guestsDirectory), shortName(uid));
  // Short, for socket paths are.
  const mark = seat === 0 ? '' : '2';
  return {
    directory,
    record: join(directory, 'guest.json'),
    pidFile: join(directory, `qemu${mark}.pid`),
    log: join(directory, `qemu${mark}.log`),
    serialLog: join(directory, 'serial.log'),
    seed: join(directory, 'seed'),
    disc: (index) => join(directory, `disc-${index}.iso`),
    uefiVariables: join(directory, 'uefi-variables.fd'),
    tpmState: join(directory, `tpm${mark}`),
    tpmPidFile: join(directory, `tpm${mark}.pid`),
    tpmLog: join(directory, `tpm${mark}.log`),
    tpm: join(socketDirectory, `tpm${mark}.sock`),
    qmp: join(socketDirectory, `qmp${mark}.sock`),
    serial: join(socketDirectory, `serial${mark}.sock`),
    vnc: join(socketDirectory, `vnc${mark}.sock`),
    agent: join(socketDirectory, `agent${mark}.sock`),
    migration: join(socketDirectory, 'move.sock'),
    seat,
    socketDirectory,
  };
}

function shortEnough(directory: string): boolean {
  return Buffer.byteLength(join(directory, 'serial.sock')) <= maxSocketPath;
}

function shortName(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function shortDirectory(guestsDirectory: string): string {
  return join(tmpdir(), `virtgate-${process.getuid?.() ?? 0}-${shortName(guestsDirectory)}`);
}

/**
 * Makes the directory for the sockets. One under the shared temp directory must be ours alone: somebody
 * else's, prepared under the name that can be foreseen, would hand them the guests' consoles.
 */
export function makeSocketDirectory(guestsDirectory: string, files: GuestFiles): void {
  if (files.socketDirectory !== files.directory) {
    const parent = shortDirectory(guestsDirectory);
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    const { mode, uid } = lstatSync(parent);
    const isDirectory = (mode & 0o170000) === 0o040000;
    if (!isDirectory || (process.getuid && uid !== process.getuid()) || (mode & 0o077) !== 0) {
      throw new Error(`${parent} must be a directory that only this user may enter`);
    }
  }
  mkdirSync(files.socketDirectory, { recursive: true, mode: 0o700 });
}

/** Sockets elsewhere than in the guest's own directory; the last guest takes the parent with it. */
export async function removeSocketDirectory({ directory, socketDirectory }: GuestFiles): Promise<void> {
  if (socketDirectory !== directory) {
    await rm(socketDirectory, { recursive: true, force: true });
    await rmdir(dirname(socketDirectory)).catch(() => undefined);
  }
}
