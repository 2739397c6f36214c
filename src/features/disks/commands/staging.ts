import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { formatBytes, parseBytes } from '../../../kernel/quantity.js';
import { importTooLarge } from '../../../platform/import-policy/import-failures.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import type { DiskRow } from '../data/disk-row.js';
import { HOLD_MS, type StagedUpload, StagedUploads } from '../data/staged-uploads.js';
import { StagingFiles } from '../data/staging-files.js';
import {
  uploadNotExpected,
  uploadPartInProgress,
  uploadRangeInvalid,
  uploadStagingFull,
} from '../domain/disk-failures.js';
import { type Checksum, formatChecksum } from '../domain/upload-headers.js';
import { UPLOAD_DISK_KIND } from '../operation-kinds.js';
import { DiskWork } from './disk-work.js';
import { refusalOf } from './upload-disk.js';
import { UploadsInHand } from './uploads-in-hand.js';

/** How long a request waits for another that may have died with its gateway. */
const PATIENCE_MS = HOLD_MS + 5000;
const LOOK_MS = 250;
/** A file that belongs to nothing and was not touched for so long. */
const ORPHAN_MS = 10 * 60_000;

/** The parts that wait to be whole: whose they are, who works on them, and their end. */
@Injectable()
export class Staging {
  constructor(
    private readonly rows: StagedUploads,
    private readonly files: StagingFiles,
    private readonly work: DiskWork,
    private readonly uploads: UploadsInHand,
  ) {}

  /** Null where nothing is there that could be continued. Throws upload.range_invalid for another total. */
  async find(row: DiskRow, total: number): Promise<StagedUpload | null> {
    const staged = await this.rows.find(row.uid);
    if (!staged || (await this.#dropSettled(staged))) return null;
    if (Number(staged.total) !== total) {
      throw uploadRangeInvalid(`This upload began as one of ${staged.total} bytes, not ${total}.`, {
        hint: `Cancel the operation ${staged.operation_id} to begin another.`,
        details: { operation: staged.operation_id, total: Number(staged.total) },
      });
    }
    return staged;
  }

  /** The operation, and the place for its bytes. Throws import.too_large, upload.staging_full, operation.in_progress. */
  async begin(caller: Caller, disk: DiskRow, total: number): Promise<StagedUpload> {
    const { principal, project } = caller;
    assertFits(total, disk);
    await this.#assertRoom(total);
    await this.uploads.waitForFailed(caller, { namespace: disk.namespace, name: disk.name, uid: disk.uid });
    const request = { kind: UPLOAD_DISK_KIND.kind, name: disk.name, input: { uid: disk.uid } };
    const { type, id, tokenId } = principal;
    const operation = await this.work.begin(caller, request, refusalOf(disk), (tx, { id: operation_id }) =>
      this.rows.insert(tx, {
        disk_uid: disk.uid,
        project_id: project.id,
        disk_name: disk.name,
        operation_id,
        requester: { type, id, tokenId },
        total,
      }),
    );
    const staged = await this.rows.find(disk.uid);
    if (staged) return staged;
    // Its idempotency key has had its upload.
    throw uploadRangeInvalid(`The upload of this idempotency key is over (operation ${operation.id}).`, {
      details: { operation: operation.id },
    });
  }

  /** Makes it ours; waits for one that may be dead. Throws upload.part_in_progress. */
  async hold(staged: StagedUpload, holder: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await this.tryHold(staged, holder))) {
      if (!(await this.rows.find(staged.disk_uid)))
        throw uploadNotExpected('The upload has ended meanwhile.');
      if (Date.now() > deadline) {
        throw uploadPartInProgress(undefined, { details: { operation: staged.operation_id } });
      }
      await sleep(LOOK_MS);
    }
  }

  tryHold(staged: StagedUpload, holder: string): Promise<boolean> {
    return this.rows.hold(staged.disk_uid, staged.operation_id, holder);
  }

  letGo({ disk_uid }: StagedUpload, holder: string): Promise<void> {
    return this.rows.letGo(disk_uid, holder);
  }

  async noteChecksum(staged: StagedUpload, checksum: Checksum): Promise<void> {
    const text = formatChecksum(checksum);
    if (staged.checksum === text) return;
    await this.rows.noteChecksum(staged.disk_uid, text);
    staged.checksum = text;
  }

  received({ disk_uid }: StagedUpload): Promise<number> {
    return this.files.received(disk_uid);
  }

  /** What became of an upload of so many bytes that this disk was made of; null where that is not how it was made. */
  async lastOutcome({ state, namespace, name, uid }: DiskRow, total: number): Promise<OperationView | null> {
    const note = this.uploads.lastNote({ namespace, name, uid });
    if (state !== 'Ready' || note?.state !== 'sent' || note.total !== total) return null;
    return this.work.get(note.operation);
  }

  operationOf({ operation_id }: StagedUpload): Promise<OperationView | null> {
    return this.work.get(operation_id);
  }

  /** First the bytes: a row without bytes is an upload of which nothing has come yet. */
  async drop(staged: StagedUpload): Promise<void> {
    await this.files.remove(staged.disk_uid);
    await this.rows.remove(staged);
  }

  /** Those that are whole, though nobody is passing them on. Drops what is over, and files that belong to nothing. */
  async unattended(): Promise<StagedUpload[]> {
    const whole: StagedUpload[] = [];
    for (const staged of await this.rows.idle()) {
      if (await this.#dropSettled(staged)) continue;
      if ((await this.received(staged)) >= Number(staged.total)) whole.push(staged);
    }
    const files = await this.files.present();
    const known = new Set((await this.rows.announced()).map(({ diskUid }) => diskUid));
    for (const { diskUid, idleMs } of files) {
      if (!known.has(diskUid) && idleMs > ORPHAN_MS) await this.files.remove(diskUid);
    }
    return whole;
  }

  /** An operation that is over needs its bytes no more: it failed, was cancelled, or CDI has them. */
  async #dropSettled(staged: StagedUpload): Promise<boolean> {
    const operation = await this.work.get(staged.operation_id);
    if (operation && operation.finishedAt === null) return false;
    await this.drop(staged);
    return true;
  }

  async #assertRoom(total: number): Promise<void> {
    const room = await this.files.room();
    let promised = 0;
    for (const other of await this.rows.announced()) {
      promised += Math.max(0, other.total - (await this.files.received(other.diskUid)));
    }
    if (total <= room - promised) return;
    throw uploadStagingFull(`There is no room for ${total} bytes at the moment.`, { retryAfter: 60 });
  }
}

/** Formats add their tables to the data; more than that is no image of a disk of this size. */
function assertFits(total: number, { name, size }: DiskRow): void {
  const bytes = parseBytes(size ?? '');
  if (bytes === null || BigInt(total) <= bytes + bytes / 16n + 64n * 1024n * 1024n) return;
  throw importTooLarge(`${total} bytes are no image for the disk "${name}" of ${formatBytes(bytes)}.`, {
    hint: 'Make a larger disk.',
  });
}
