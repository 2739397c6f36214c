import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImportError, type ImportRequest, type ReceiveRequest } from '../disk-images.js';
import { type ImageBytes, unwrapImage } from './image-bytes.js';
import { checked, WholeBytes } from './image-checksum.js';
import { basicAuthorization, type DownloadLimits, openDownload } from './image-download.js';
import { type ConvertedFormat, checkHeader, corrupt, refuseWhatIsNoDisk, tooLarge } from './image-format.js';
import type { ImportAddressPolicy } from './import-address.js';
import { ImportProgress } from './import-progress.js';
import { convertToRaw, inspectImage } from './qemu-img.js';
import { isRegistryUrl, openContainerDisk } from './registry-image.js';
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
  const { url, signal, checksum } = request;
  signal.throwIfAborted();
  const fetching = {
    policy: tools.policy,
    limits: tools.limits,
    signal,
    authorization: basicAuthorization(request),
    authorities: request.authorities,
  };
  const opened = isRegistryUrl(url) ? openContainerDisk(request, fetching) : openDownload(url, fetching);
  const download = await opened.catch((error) => {
    throw asImportError(error, signal);
  });
  try {
    const { length, contentType } = download;
    const bytes = new WholeBytes(checksum ? checked(download.body, checksum) : download.body);
    const verify = checksum || isRegistryUrl(url) ? () => bytes.drain() : undefined;
    await takeImage({ ...request, bytes, length }, tools, { contentType, verify });
  } finally {
    download.discard();
  }
}

/** Takes the image in whatever form it comes; see `DiskImages.receive`. */
export async function takeImage(
  request: ReceiveRequest,
  tools: ImportTools,
  { contentType = '', verify }: { contentType?: string; verify?: () => Promise<void> } = {},
): Promise<void> {
  const { destination, signal, length } = request;
  const { download: downloadPath, partial } = scratchFiles(destination);
  await mkdir(dirname(destination), { recursive: true });
  const progress = new ImportProgress(request.onProgress);
  try {
    progress.tell(0);
    const counted = { bytes: 0 };
    const image = await unwrapImage(counting(request.bytes, counted));
    const share = (of: number) => () => {
      if (length) {
        progress.tell((counted.bytes / length) * of);
      }
    };
    if (image.format === 'raw') {
      refuseWhatIsNoDisk(image.header, contentType);
      await takeRaw(image, request, share(100));
    } else {
      const { format } = image;
      await takeOther(image, format, request, tools, share(50), (percent) => progress.tell(50 + percent / 2));
    }
    await verify?.();
    signal.throwIfAborted();
    await rename(partial, destination);
    progress.tell(100);
  } catch (error) {
    throw asImportError(error, signal);
  } finally {
    await Promise.all([rm(downloadPath, { force: true }), rm(partial, { force: true })]);
  }
}

async function takeRaw(
  image: ImageBytes,
  { sizeBytes, destination, length, preallocate, room, onReceived }: ReceiveRequest,
  onBytes: () => void,
): Promise<void> {
  if (!image.compressed && length !== undefined && BigInt(length) > sizeBytes) {
    throw tooLarge(length, sizeBytes);
  }
  await write(image.bytes, scratchFiles(destination).partial, {
    limit: sizeBytes,
    refusal: (bytes) => tooLarge(bytes, sizeBytes),
    onBytes,
    finalSize: sizeBytes,
    solid: preallocate,
    room,
  });
  onReceived?.();
}

async function takeOther(
  image: ImageBytes,
  format: ConvertedFormat,
  { sizeBytes, destination, signal, preallocate, room, onReceived }: ReceiveRequest,
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
  await write(image.bytes, download, {
    limit,
    refusal: (bytes) => tooLarge(bytes, sizeBytes),
    onBytes,
    room,
  });
  onReceived?.();
  await inspectImage(qemuImg, format, download, sizeBytes, signal);
  await convertToRaw(qemuImg, format, download, partial, signal, onConverted, preallocate);
  const file = await SparseFile.extend(partial, { solid: preallocate });
  try {
    await file.finish(sizeBytes);
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

interface Writing {
  /** Never are more than these bytes written, however much a compressed image expands to. */
  limit: bigint;
  refusal(length: number): ImportError;
  onBytes(): void;
  finalSize?: bigint;
  solid?: boolean;
  room?: number;
}

async function write(bytes: AsyncIterable<Buffer>, path: string, writing: Writing): Promise<void> {
  const file = await SparseFile.create(path, { solid: writing.solid, room: writing.room });
  try {
    for await (const chunk of bytes) {
      if (BigInt(file.length + chunk.length) > writing.limit) {
        throw writing.refusal(file.length + chunk.length);
      }
      await file.append(chunk);
      writing.onBytes();
    }
    await file.finish(writing.finalSize ?? file.length);
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

export function asImportError(error: unknown, signal: AbortSignal): unknown {
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
