/** Why an import was refused; `message` is what CDI's importer would say. */
export type ImportRefusal =
  | 'forbidden-address'
  | 'http-status'
  | 'unreachable'
  | 'timeout'
  | 'not-an-image'
  | 'too-large'
  | 'corrupt'
  | 'no-space';

export class ImportError extends Error {
  constructor(
    readonly refusal: ImportRefusal,
    message: string,
    /** False where trying again cannot help. */
    readonly retryable: boolean,
  ) {
    super(message);
    this.name = 'ImportError';
  }
}

/** Where an image comes from, and what its server wants to see. */
export interface ImageSource {
  /** `http(s)://` of a file, or `docker://host[:port]/repository[:tag|@digest]` of a container disk. */
  url: string;
  /** Basic authentication; with a registry, also what a token is asked for with. */
  credentials?: { username: string; password: string };
  /** Authorities to trust besides the system's, PEM. */
  authorities?: string;
}

interface DiskRequest {
  /** Absolute path of the disk image that results, raw and sparse; replaced atomically when done. */
  destination: string;
  /** Size of the disk; a larger virtual size is refused, a smaller image is grown to it. */
  sizeBytes: bigint;
  /** Have the machine's storage set aside for the whole disk. */
  preallocate?: boolean;
  signal: AbortSignal;
  /** 0..100, at most a few times a second. */
  onProgress(percent: number): void;
}

export interface ImportRequest extends DiskRequest, ImageSource {
  /** `algorithm:hex` of the bytes as they are served; md5, sha1, sha256 or sha512. */
  checksum?: string;
}

/** An image that somebody sends. */
export interface ReceiveRequest extends DiskRequest {
  bytes: AsyncIterable<Buffer>;
  /** Bytes that will come, where the sender says. */
  length?: number;
  /** What the storage has left, in bytes; all of the machine's unless said. */
  room?: number;
  /** All bytes have come; what follows is this machine's own work. */
  onReceived?(): void;
}

/** Makes and removes disk images on this machine. */
export interface DiskImages {
  /** Raw, qcow2, gz, xz (also vmdk, vdi, vhd(x) as qemu-img reads them). Throws ImportError. */
  importFrom(request: ImportRequest): Promise<void>;
  /** The same with bytes that somebody sends. Throws ImportError, or what `bytes` throws. */
  receive(request: ReceiveRequest): Promise<void>;
  /** What tells one version of the source from the next: a digest or an entity tag. Throws ImportError. */
  versionOf(source: ImageSource, signal: AbortSignal): Promise<string>;
  createBlank(path: string, sizeBytes: bigint, options?: { preallocate?: boolean }): Promise<void>;
  /** Removes the image and any scratch file beside it; nothing happens when there is none. */
  remove(path: string): Promise<void>;
}
