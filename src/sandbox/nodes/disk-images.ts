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

export interface ImportRequest {
  url: string;
  /** Absolute path of the disk image that results, raw and sparse; replaced atomically when done. */
  destination: string;
  /** Size of the disk; a larger virtual size is refused, a smaller image is grown to it. */
  sizeBytes: bigint;
  signal: AbortSignal;
  /** 0..100, at most a few times a second. */
  onProgress(percent: number): void;
}

/** Makes and removes disk images on this machine. */
export interface DiskImages {
  /** http(s) with raw, qcow2, gz, xz (also vmdk, vdi, vhd(x) as qemu-img reads them). Throws ImportError. */
  importFrom(request: ImportRequest): Promise<void>;
  createBlank(path: string, sizeBytes: bigint): Promise<void>;
  /** Removes the image and any scratch file beside it; nothing happens when there is none. */
  remove(path: string): Promise<void>;
}
