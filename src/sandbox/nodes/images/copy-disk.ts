import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ImportError } from '../disk-images.js';

const run = promisify(execFile);

/**
 * Copies a disk image: shares its blocks where the file system can, else leaves holes where it has them.
 * Replaces what is at the destination; half a copy stays behind when it fails or is aborted. When it
 * resolves, the bytes are on disk. Throws ImportError `no-space`, the signal's reason, or what went wrong.
 */
export async function copyDisk(source: string, destination: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    if (process.platform === 'linux') await copyOnLinux(source, destination, signal);
    else await copyFile(source, destination, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOSPC' || /No space left|Disk quota/i.test(stderr ?? '')) {
      throw new ImportError('no-space', 'No space left for the disk', true);
    }
    throw error;
  }
  signal?.throwIfAborted();
  const file = await open(destination, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** GNU cp finds holes by asking the file system, which reading cannot; another cp is done without. */
async function copyOnLinux(source: string, destination: string, signal?: AbortSignal): Promise<void> {
  try {
    const flags = ['--reflink=auto', '--sparse=always', '--no-preserve=mode', '--'];
    await run('cp', [...flags, source, destination], { signal, killSignal: 'SIGKILL' });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code !== 'ENOENT' && !/unrecognized option|invalid option/i.test(stderr)) throw error;
    await copyFile(source, destination, constants.COPYFILE_FICLONE);
  }
}
