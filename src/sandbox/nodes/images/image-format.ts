import { ImportError } from '../disk-images.js';

export type Compression = 'gz' | 'xz' | 'zstd';
/** QEMU's names. */
export type ConvertedFormat = 'qcow2' | 'vmdk' | 'vdi' | 'vhdx' | 'vpc';
export type ImageFormat = Compression | ConvertedFormat | 'raw';

/** As many bytes as the judgements below want to see, where the image has as many. */
export const headerBytes = 4096;

const magics: [ImageFormat, number, Buffer][] = [
  ['gz', 0, Buffer.from([0x1f, 0x8b])],
  ['xz', 0, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['zstd', 0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['qcow2', 0, Buffer.from([0x51, 0x46, 0x49, 0xfb])],
  ['vmdk', 0, Buffer.from('KDMV')],
  ['vhdx', 0, Buffer.from('vhdxfile')],
  ['vpc', 0, Buffer.from('conectix')],
  ['vdi', 0x40, Buffer.from([0x7f, 0x10, 0xda, 0xbe])],
];

export function isCompression(format: ImageFormat): format is Compression {
  return format === 'gz' || format === 'xz' || format === 'zstd';
}

/** By the first bytes alone; names and content types say nothing reliable. Unknown bytes are a raw disk. */
export function sniffFormat(header: Buffer): ImageFormat {
  const found = magics.find(([, offset, magic]) =>
    header.subarray(offset, offset + magic.length).equals(magic),
  );
  return found?.[0] ?? 'raw';
}

/**
 * Refuses what cannot be a disk although its bytes are no other format: nothing at all, less than one
 * sector, and a text such as the error page of a web server.
 */
export function refuseWhatIsNoDisk(header: Buffer, contentType: string): void {
  if (header.length === 0) {
    throw new ImportError('not-an-image', 'The image is empty', false);
  }
  if (header.length < 512) {
    throw new ImportError('not-an-image', `${header.length} bytes are no disk image`, false);
  }
  const isText = header.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  if (header.subarray(0, 21).toString('latin1') === '# Disk DescriptorFile') {
    throw new ImportError('not-an-image', 'A VMDK descriptor without its extents is no disk image', false);
  }
  // The first sector of a disk holds code, tables or zeros: one of printable characters alone is a page or a document.
  if (isText) {
    throw new ImportError(
      'not-an-image',
      `The server sent a text (${contentType || 'without a content type'}), not a disk image`,
      false,
    );
  }
}

/**
 * What a header may not ask for, judged before QEMU ever opens the file: other files, a key.
 * @returns the virtual size in bytes where the header tells it
 * @see https://www.qemu.org/docs/master/interop/qcow2.html#header
 */
export function checkHeader(format: ConvertedFormat, header: Buffer): bigint | undefined {
  if (format === 'qcow2') {
    return checkQcow2Header(header);
  }
  if (format === 'vmdk' && header.length >= 24 && header.readBigUInt64LE(16) === 0n) {
    // Capacity 0 makes QEMU follow the descriptor inside to files of any name.
    throw corrupt('The VMDK image refers to other files');
  }
  return undefined;
}

function checkQcow2Header(header: Buffer): bigint {
  if (header.length < 72) {
    throw corrupt('The qcow2 header is cut off');
  }
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) {
    throw corrupt(`qcow2 version ${version} is not known`);
  }
  if (header.readBigUInt64BE(8) !== 0n) {
    throw new ImportError('not-an-image', 'The qcow2 image has a backing file; flatten it first', false);
  }
  if (header.readUInt32BE(32) !== 0) {
    throw new ImportError('not-an-image', 'The qcow2 image is encrypted', false);
  }
  const externalData = 1n << 2n;
  if (version === 3 && header.length >= 80 && (header.readBigUInt64BE(72) & externalData) !== 0n) {
    throw new ImportError('not-an-image', 'The qcow2 image keeps its data in another file', false);
  }
  return header.readBigUInt64BE(24);
}

export function corrupt(message: string): ImportError {
  return new ImportError('corrupt', message, false);
}

/** In CDI's words, which clients look for. */
export function tooLarge(virtualSize: bigint | number, available: bigint): ImportError {
  return new ImportError(
    'too-large',
    `Virtual image size ${virtualSize} is larger than the reported available storage ${available}. A larger PVC is required`,
    false,
  );
}
