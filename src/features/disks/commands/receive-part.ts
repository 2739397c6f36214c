import type { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { type StagedUpload, StagedUploads } from '../data/staged-uploads.js';
import { StagingFiles } from '../data/staging-files.js';
import { StagingPlace } from '../data/staging-place.js';
import { uploadInterrupted, uploadOffsetMismatch, uploadRangeInvalid } from '../domain/disk-failures.js';
import type { DiskAddress } from '../domain/names.js';
import type { Checksum } from '../domain/upload-headers.js';
import { type Sender, type UploadInHand, UploadsInHand } from './uploads-in-hand.js';

/** A staged upload that one request has to itself. */
export interface HeldUpload {
  staged: StagedUpload;
  /** Id of the hold. */
  holder: string;
  disk: DiskAddress;
  as: Impersonation;
  sender: Sender;
}

export interface PartBody {
  /** Offsets of the first and last byte. */
  first: number;
  last: number;
  bytes: Readable;
  /** Of the body alone. */
  checksum: Checksum | null;
}

/** Writes one part behind what is there. */
@Injectable()
export class ReceivePart {
  readonly #logger = new Logger(ReceivePart.name);

  constructor(
    private readonly rows: StagedUploads,
    private readonly files: StagingFiles,
    private readonly place: StagingPlace,
    private readonly uploads: UploadsInHand,
  ) {}

  /**
   * Gives how much is there then, in bytes. Throws upload.offset_mismatch, upload.interrupted, upload.range_invalid,
   * upload.checksum_mismatch, upload.staging_full, upload.cancelled.
   */
  async execute(held: HeldUpload, { first, last, bytes, checksum }: PartBody): Promise<number> {
    const { disk_uid } = held.staged;
    const there = await this.files.received(disk_uid);
    assertNext(first, there);
    const { note, signal, say, stop } = this.uploads.begin(this.inHand(held, there));
    try {
      // What the cluster hears of it is no reason to keep the client waiting.
      void say().catch((error) => this.#logger.warn(error));
      const onReceived = (received: number) => {
        note.received = received;
      };
      await this.files.write(disk_uid, bytes, { first, checksum, signal, onReceived });
      if (note.received > last + 1) {
        await this.files.truncate(disk_uid, first);
        throw uploadRangeInvalid(
          `The body has more than the ${last + 1 - first} bytes of its Content-Range.`,
        );
      }
      if (note.received < last + 1) {
        throw uploadInterrupted(`The client went away after ${note.received} bytes.`, { hint: GO_ON });
      }
      return note.received;
    } finally {
      stop();
      if (!signal.aborted) {
        const received = await this.files.received(disk_uid);
        await say({ received }).catch((error) => this.#logger.warn(error));
      }
    }
  }

  /** For whoever works on it: from each beat on, the client has time again. */
  inHand({ staged, holder, disk, as, sender }: HeldUpload, received: number): UploadInHand {
    return {
      operation: staged.operation_id,
      disk,
      as,
      sender,
      received,
      total: Number(staged.total),
      until: () => new Date(Date.now() + this.place.keepMs).toISOString(),
      isOurs: (moving) => this.rows.isHeld(staged.disk_uid, holder, moving),
    };
  }
}

export const GO_ON =
  'What came is kept. "Content-Range: bytes */<total>" without a body asks how much that is.';

/** Throws upload.offset_mismatch. */
export function assertNext(first: number, there: number): void {
  if (first === there) return;
  throw uploadOffsetMismatch(`${there} bytes are there; the part begins at ${first}.`, {
    details: { expected: there },
  });
}
