import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImportError, type ImportRequest } from '../disk-images.js';
import { type ImageBytes, unwrapImage } from './image-bytes.js';
import { type Download, type DownloadLimits, openDownload } from './image-download.js';
import { type ConvertedFormat, checkHeader, corrupt, refuseWhatIsNoDisk, tooLarge } from './image-format.js';
import type { ImportAddressPolicy } from './import-address.js';
import { ImportProgress } from './import-progress.js';
import { convertToRaw, inspectImage } from './qemu-img.js';
import { SparseFile } from './sparse-file.js';

export interface ImportTools {
  policy: ImportAddressPolicy;
  limits: DownloadLimits;
  /** Absolute path of `qemu-img`; without it only raw images can be taken. */
  qemuImg: string | undefined;
}

/** Files that exist while an import runs, beside its destination. */
export function scratchFiles(destination: string): { download: string; partial: string } {
  return { download: `${destination}.download`, partial: `${destination}.partial` };
}

/** Downloads, unwraps, converts and puts the disk in its place; see `DiskImages.importFrom`. */
export async function importImage(request: ImportRequest, tools: ImportTools): Promise<void> {
  const { destination, signal } = request;
  const { download: downloadPath, partial } = scratchFiles(destination);
  signal.throwIfAborted();
  await mkdir(dirname(destination), { recursive: true });
  const progress = new ImportProgress(request.onProgress);
  let download: Download | undefined;
  try {
    progress.tell(0);
    download = await openDownload(request.url, tools.policy, tools.limits, signal);
    const counted = { bytes: 0 };
    const image = await unwrapImage(counting(download.body, counted));
    const share = (of: number) => () => {
      if (download?.length) {
        progress.tell((counted.bytes / download.length) * of);
      }
    };
    if (image.format === 'raw') {
      refuseWhatIsNoDisk(image.header, download.contentType);
      await takeRaw(image, download, request, share(100));
    } else {
      const { format } = image;
      await takeOther(image, format, request, tools, share(50), (percent) => progress.tell(50 + percent / 2));
    }
    signal.throwIfAborted();
    await rename(partial, destination);
    progress.tell(100);
  } catch (error) {
    throw asImportError(error, signal);
  } finally {
    download?.discard();
    await Promise.all([rm(downloadPath, { force: true }), rm(partial, { force: true })]);
  }
}

async function takeRaw(
  image: ImageBytes,
  download: Download,
  { sizeBytes, destination }: ImportRequest,
  onBytes: () => void,
): Promise<void> {
  if (!image.compressed && download.length !== undefined && BigInt(download.length) > sizeBytes) {
    throw tooLarge(download.length, sizeBytes);
  }
  await write(
    image.bytes,
    scratchFiles(destination).partial,
    sizeBytes,
    (length) => tooLarge(length, sizeBytes),
    onBytes,
    sizeBytes,
  );
}

async function takeOther(
  image: ImageBytes,
  format: ConvertedFormat,
  { sizeBytes, destination, signal }: ImportRequest,
  { qemuImg }: ImportTools,
  onBytes: () => void,
  onConverted: (percent: number) => void,
): Promise<void> {
  const { download, partial } = scratchFiles(destination);
  if (!qemuImg) {
    throw new ImportError(
      'not-an-image',
      `A ${format} image needs qemu-img, which this machine does not have`,
      false,
    );
  }
  const virtualSize = checkHeader(format, image.header);
  if (virtualSize !== undefined && virtualSize > sizeBytes) {
    throw tooLarge(virtualSize, sizeBytes);
  }
  // Tables come on top of the data; more than that is no image of a disk of this size.
  const limit = sizeBytes + sizeBytes / 50n + 16n * 1024n * 1024n;
  await write(image.bytes, download, limit, (length) => tooLarge(length, sizeBytes), onBytes);
  await inspectImage(qemuImg, format, download, sizeBytes, signal);
  await convertToRaw(qemuImg, format, download, partial, signal, onConverted);
  const file = await open(partial, 'r+');
  try {
    await file.truncate(Number(sizeBytes));
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Never writes more than `limit` bytes, however much a compressed image expands to. */
async function write(
  bytes: AsyncIterable<Buffer>,
  path: string,
  limit: bigint,
  refusal: (length: number) => ImportError,
  onBytes: () => void,
  finalSize?: bigint,
): Promise<void> {
  const file = await SparseFile.create(path);
  try {
    for await (const chunk of bytes) {
      if (BigInt(file.length + chunk.length) > limit) {
        throw refusal(file.length + chunk.length);
      }
      await file.append(chunk);
      onBytes();
    }
    await file.finish(finalSize ?? file.length);
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

async function* counting(source: AsyncIterable<Buffer>, counted: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    counted.bytes += chunk.length;
    yield chunk;
  }
}

function asImportError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return signal.reason;
  }
  if (error instanceof ImportError) {
    return error;
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new ImportError('no-space', 'No space left for the disk', true);
  }
  return corrupt(`The import failed: ${message}`);
}
