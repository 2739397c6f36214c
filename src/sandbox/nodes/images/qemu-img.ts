import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { ImportError } from '../disk-images.js';
import { type ConvertedFormat, corrupt, tooLarge } from './image-format.js';

const run = promisify(execFile);

/** Inspecting a header takes milliseconds; an image that keeps QEMU busy longer is made to. */
const infoTimeoutMs = 30_000;

interface ImageInfo {
  'virtual-size': number;
  'backing-filename'?: string;
  'full-backing-filename'?: string;
  encrypted?: boolean;
  'format-specific'?: { data?: { 'data-file'?: string; extents?: { filename: string }[] } };
}

/** Refuses images that point to other files, that are encrypted or that do not fit. Never guesses the format. */
export async function inspectImage(
  qemuImg: string,
  format: ConvertedFormat,
  path: string,
  sizeBytes: bigint,
  signal: AbortSignal,
): Promise<void> {
  let info: ImageInfo;
  try {
    const { stdout } = await run(qemuImg, ['info', '--output=json', '-f', format, '--', path], {
      timeout: infoTimeoutMs,
      killSignal: 'SIGKILL',
      signal,
    });
    info = JSON.parse(stdout) as ImageInfo;
  } catch (error) {
    if (signal.aborted) {
      throw signal.reason;
    }
    throw corrupt(
      `The ${format} image cannot be read: ${complaint((error as { stderr?: string }).stderr ?? '', path)}`,
    );
  }
  const details = info['format-specific']?.data;
  const extents = details?.extents ?? [];
  const elsewhere = extents.some((extent) => extent.filename !== path);
  if (info['backing-filename'] || info['full-backing-filename'] || details?.['data-file'] || elsewhere) {
    throw new ImportError('not-an-image', `The ${format} image refers to other files`, false);
  }
  if (info.encrypted) {
    throw new ImportError('not-an-image', `The ${format} image is encrypted`, false);
  }
  if (BigInt(info['virtual-size']) > sizeBytes) {
    throw tooLarge(info['virtual-size'], sizeBytes);
  }
}

/** Writes the image as raw. `onProgress` gets 0..100. */
export function convertToRaw(
  qemuImg: string,
  format: ConvertedFormat,
  source: string,
  destination: string,
  signal: AbortSignal,
  onProgress: (percent: number) => void,
  preallocate = false,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const solid = preallocate ? ['-o', 'preallocation=falloc'] : [];
    const args = ['convert', '-p', '-f', format, '-O', 'raw', ...solid, '--', source, destination];
    const child = spawn(qemuImg, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const abort = () => child.kill('SIGKILL');
    signal.addEventListener('abort', abort, { once: true });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4_096);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      const percent = /\(([\d.]+)\/100%\)\s*$/.exec(chunk.toString())?.[1];
      if (percent) {
        onProgress(Number(percent));
      }
    });
    child.on('error', (error) => reject(error));
    child.on('close', (status) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) {
        reject(signal.reason);
      } else if (status === 0) {
        resolve();
      } else if (/No space left|Disk quota/i.test(errors)) {
        reject(new ImportError('no-space', 'No space left for the disk', true));
      } else {
        reject(corrupt(`The ${format} image cannot be converted: ${complaint(errors, source)}`));
      }
    });
  });
}

/** QEMU's last line without our paths in it. */
function complaint(stderr: string, path: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return (
    line
      .replaceAll(path, 'image')
      .replace(/^qemu-img: /, '')
      .slice(0, 300) || 'no reason given'
  );
}
