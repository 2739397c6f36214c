import { Injectable, Logger } from '@nestjs/common';
import { Failure, type FailureRecord, toFailureRecord } from '../../../kernel/failure.js';
import { internal } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { AccessContract, type Requester } from '../../access/access.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { UploadGate } from '../data/upload-gate.js';
import { uploadCancelled, uploadInterrupted } from '../domain/disk-failures.js';
import type { DiskAddress } from '../domain/names.js';
import type { UploadNote } from '../domain/upload-note.js';
import { DiskWork } from './disk-work.js';

/** How often an upload says how far it is, and hears whether it is still wanted. */
const BEAT_MS = 2000;
/** How long the operation of an upload that failed is waited for: the disk is free for the next once it has settled. */
const SETTLE_MS = 20_000;

/** Who sends the content, and into which project. */
export interface Sender {
  requester: Requester;
  project: ProjectRef;
}

export interface UploadInHand {
  /** Id. */
  operation: string;
  disk: DiskAddress;
  as: Impersonation;
  /** Whose rights it needs, as long as it runs. */
  sender: Sender;
  received: number;
  total: number | null;
  /** RFC 3339; see UploadNote. */
  until: () => string | null;
  /** Asked with each beat, and told whether bytes have moved since the last: false where somebody else has taken over. */
  isOurs?: (moving: boolean) => Promise<boolean>;
}

/** An upload whose bytes pass through this gateway at this moment. */
export interface FollowedUpload {
  /** Changed by whoever moves the bytes; written with the next beat. */
  readonly note: UploadNote;
  /** Aborted, with the Failure to tell the client, when its operation has settled without it. */
  readonly signal: AbortSignal;
  /** Writes the note now. */
  say(change?: Partial<UploadNote>): Promise<void>;
  /** No beat after this. */
  stop(): void;
}

/**
 * Keeps the claim's note of an upload fresh while bytes move, ends it when its operation is over, and sees to it that one
 * that failed is out of the way of the next.
 */
@Injectable()
export class UploadsInHand {
  readonly #logger = new Logger(UploadsInHand.name);
  /** Operations whose content will not come any more, before the cluster shows it. */
  readonly #failed = new Set<string>();

  constructor(
    private readonly gate: UploadGate,
    private readonly work: DiskWork,
    private readonly access: AccessContract,
  ) {}

  begin({ operation, disk, as, sender, received, total, until, isOurs }: UploadInHand): FollowedUpload {
    const abort = new AbortController();
    const note: UploadNote = {
      operation,
      state: 'receiving',
      received,
      total,
      passed: null,
      until: until(),
      at: new Date().toISOString(),
      error: null,
    };
    // One after the other: what was said last is what stays.
    let said: Promise<unknown> = Promise.resolve();
    const say = (change: Partial<UploadNote> = {}) => {
      Object.assign(note, change, { until: until(), at: new Date().toISOString() });
      const saying = said.then(() => this.gate.note(disk, note, as));
      said = saying.catch(() => {});
      return saying;
    };
    let moved = -1;
    const beat = async () => {
      const view = await this.work.get(operation);
      if (!view || view.finishedAt !== null) return abort.abort(lost(view?.state, view?.error ?? null));
      const moving = moved !== note.received + (note.passed ?? 0);
      moved = note.received + (note.passed ?? 0);
      const refusal = await this.#refusal(sender);
      if (refusal) return abort.abort(refusal);
      if (isOurs && !(await isOurs(moving))) {
        return abort.abort(uploadInterrupted('Another request has taken the upload over.'));
      }
      if (!abort.signal.aborted) await say();
    };
    let beating = false;
    const timer = setInterval(() => {
      if (beating) return;
      beating = true;
      beat()
        .catch((error) => this.#logger.warn(error))
        .finally(() => {
          beating = false;
        });
    }, BEAT_MS);
    return { note, signal: abort.signal, say, stop: () => clearInterval(timer) };
  }

  /** Null as long as the sender may upload; nobody's rights are those of when it began. */
  async #refusal({ requester, project }: Sender): Promise<Failure | null> {
    try {
      await this.access.impersonationFor(requester, project, 'disks:upload');
      return null;
    } catch (error) {
      if (error instanceof Failure && error.kind === 'forbidden') return error;
      throw error;
    }
  }

  /** What was last noted of an upload to the disk, as far as it is seen here. */
  lastNote(disk: DiskAddress): UploadNote | null {
    return this.gate.lastNote(disk);
  }

  /** `told`: that the operation will hear of it. Who sent the content may send it again once this has returned. */
  async settle(operation: string, told: Promise<unknown>): Promise<void> {
    this.#failed.add(operation);
    try {
      // Unsaid, the operation fails by silence.
      await told.catch((cause) => this.#logger.warn(cause));
      await this.work.untilSettled(operation, SETTLE_MS).catch((cause) => this.#logger.warn(cause));
    } finally {
      this.#failed.delete(operation);
    }
  }

  /** An upload that is known to have failed holds the disk until its operation has settled: that is waited for. */
  async waitForFailed(caller: Caller, disk: DiskAddress): Promise<void> {
    const note = this.gate.lastNote(disk);
    const unfinished = await this.work.unfinished(caller, disk.name);
    const over = unfinished.find(
      ({ id }) => this.#failed.has(id) || (note?.state === 'failed' && note.operation === id),
    );
    if (over) await this.work.untilSettled(over.id, SETTLE_MS);
  }
}

const lost = (state: string | undefined, error: FailureRecord | null): Failure =>
  state === 'CANCELLED'
    ? uploadCancelled()
    : uploadInterrupted(error?.message ?? 'The operation has ended without it.');

export const asFailure = (error: unknown): Failure =>
  error instanceof Failure ? error : internal(undefined, { cause: error });

export const failed = (failure: Failure): Partial<UploadNote> => ({
  state: 'failed',
  error: toFailureRecord(failure),
});
