import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import type { StagedUpload } from '../data/staged-uploads.js';
import { StagingFiles } from '../data/staging-files.js';
import { refuseUnlessTaken } from '../data/upload-answer.js';
import { UploadGate } from '../data/upload-gate.js';
import { sendToUploadProxy } from '../data/upload-proxy.js';
import { parseChecksum } from '../domain/upload-headers.js';
import { type HeldUpload, ReceivePart } from './receive-part.js';
import { Staging } from './staging.js';
import { asFailure, type FollowedUpload, failed, UploadsInHand } from './uploads-in-hand.js';

/** Passes an upload whose parts are all there on to CDI. */
@Injectable()
export class FinishStaged {
  constructor(
    private readonly staging: Staging,
    private readonly parts: ReceivePart,
    private readonly files: StagingFiles,
    private readonly gate: UploadGate,
    private readonly uploads: UploadsInHand,
  ) {}

  /**
   * Whoever asked may have gone: it goes on. What CDI or the checksum refuses is thrown away and the operation fails; where
   * CDI cannot be reached, the bytes stay and it is tried again.
   */
  async execute(held: HeldUpload): Promise<void> {
    const { staged, disk } = held;
    const before = this.gate.lastNote(disk);
    // The one before may not have left CDI yet.
    const again = before !== null && (before.state === 'failed' || before.passed !== null);
    const upload = this.uploads.begin(this.parts.inHand(held, Number(staged.total)));
    try {
      upload.note.passed = 0;
      await upload.say();
      await this.#pass(held, upload, again);
      upload.stop();
      await upload.say({ state: 'sent' });
      await this.staging.drop(staged);
    } catch (error) {
      upload.stop();
      const failure = asFailure(error);
      if (canPass(failure) && !upload.signal.aborted) {
        throw new Failure(failure.definition, failure.message, { ...failure, hint: TRY_AGAIN });
      }
      await this.#end(staged, upload, failure);
      throw failure;
    }
  }

  /** Where it must not be passed on at all. `held.as` only writes the note. */
  async giveUp(held: HeldUpload, failure: Failure): Promise<void> {
    const upload = this.uploads.begin(this.parts.inHand(held, Number(held.staged.total)));
    upload.stop();
    await this.#end(held.staged, upload, failure);
  }

  async #end(staged: StagedUpload, upload: FollowedUpload, failure: Failure): Promise<void> {
    await this.staging.drop(staged);
    await this.uploads.settle(staged.operation_id, upload.say(failed(failure)));
  }

  async #pass({ staged, disk, as }: HeldUpload, upload: FollowedUpload, again: boolean): Promise<void> {
    const { note, signal } = upload;
    const length = Number(staged.total);
    const address = await this.gate.open(disk, as);
    const bytes = this.files.read(staged.disk_uid);
    try {
      const content = {
        bytes,
        length,
        checksum: parseChecksum(staged.checksum),
        isWhole: () => note.passed === length,
      };
      const answer = await sendToUploadProxy(address, content, {
        again,
        signal,
        onReceived: (passed) => {
          note.passed = passed;
        },
        onSent: () => {},
      });
      refuseUnlessTaken(answer);
    } finally {
      bytes.destroy();
    }
  }
}

const TRY_AGAIN =
  'All of it is here, and it is tried again by itself. "Content-Range: bytes */<total>" without a body says how far it is.';

/** Not what was sent is wrong, but the moment. */
const canPass = ({ kind, code }: Failure): boolean =>
  ['unavailable', 'timeout', 'internal', 'rate_limited'].includes(kind) ||
  ['upload.not_expected', 'upload.interrupted'].includes(code);
