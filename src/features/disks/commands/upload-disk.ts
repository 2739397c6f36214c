import { Injectable, Logger } from '@nestjs/common';
import { Failure, failureCatalogue, toFailureRecord } from '../../../kernel/failure.js';
import { internal } from '../../../kernel/failures.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { importFailure } from '../../../platform/import-policy/import-failure.js';
import { AccessContract } from '../../access/access.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { DiskDirectory } from '../data/disk-directory.js';
import { type DiskAddress, UploadGate } from '../data/upload-gate.js';
import { sendToUploadProxy, type UploadAnswer, type UploadContent } from '../data/upload-proxy.js';
import {
  diskNotFound,
  uploadNotExpected,
  uploadRefused,
  uploadUnavailable,
} from '../domain/disk-failures.js';
import type { UploadNote } from '../domain/upload-note.js';
import { UPLOAD_DISK_KIND } from '../operation-kinds.js';
import type { Caller, DiskOutcome } from './caller.js';
import { DiskWork, isDryRun } from './disk-work.js';

/** How often the upload says how far it is. */
const NOTE_MS = 2000;
/** How long the operation of an upload that failed is waited for: the disk is free for the next once it has settled. */
const SETTLE_MS = 20_000;

/**
 * Passes the content of a disk on to CDI. The operation follows by what is noted on the claim; who sends the content is
 * told at once how it went.
 */
@Injectable()
export class UploadDisk {
  readonly #logger = new Logger(UploadDisk.name);
  /** Operations whose content will not come any more, before the cluster shows it. */
  readonly #failed = new Set<string>();

  constructor(
    private readonly directory: DiskDirectory,
    private readonly access: AccessContract,
    private readonly gate: UploadGate,
    private readonly work: DiskWork,
  ) {}

  async execute(caller: Caller, name: string, content: UploadContent): Promise<DiskOutcome> {
    const { principal, project } = caller;
    const row = this.directory.get(project, name);
    if (!row) throw diskNotFound(`There is no disk "${name}" in this project.`);
    // The note of an upload whose gateway died says Uploading; the operation is who knows.
    const expected = row.state === 'UploadReady' || row.state === 'Uploading';
    const refusal = expected ? null : uploadNotExpected(`The disk "${name}" is ${row.state}.`);
    if (isDryRun()) {
      if (refusal) throw refusal;
      const effect = `It takes the body as the content of the disk "${name}".`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const as = this.access.impersonationOf(principal, project);
    const input = { uid: row.uid };
    const address = { namespace: project.namespace, name, uid: row.uid };
    await this.#whileDying(caller, address);
    const operation = await this.work.begin(caller, { kind: UPLOAD_DISK_KIND.kind, name, input }, refusal);
    await this.#pass(operation, as, address, content);
    return { operation };
  }

  async #pass(
    operation: OperationView,
    as: Impersonation,
    disk: DiskAddress,
    content: UploadContent,
  ): Promise<void> {
    const note: UploadNote = {
      operation: operation.id,
      state: 'receiving',
      received: 0,
      total: content.length,
      at: new Date().toISOString(),
      error: null,
    };
    const say = (change: Partial<UploadNote> = {}) =>
      this.gate.note(disk, { ...Object.assign(note, change), at: new Date().toISOString() }, as);
    let timer: NodeJS.Timeout | undefined;
    // The one before may not have left CDI yet.
    const again = this.gate.lastNote(disk)?.state === 'failed';
    try {
      await say();
      const address = await this.gate.open(disk, as);
      let saying = false;
      timer = setInterval(() => {
        if (saying) return;
        saying = true;
        if (content.bytes.complete) note.state = 'sent';
        say()
          .catch((error) => this.#logger.warn(error))
          .finally(() => {
            saying = false;
          });
      }, NOTE_MS);
      const onReceived = (received: number) => {
        note.received = received;
      };
      const answer = await sendToUploadProxy(address, content, { onReceived, again });
      refuseUnlessTaken(answer);
      clearInterval(timer);
      await say({ state: 'sent' });
    } catch (error) {
      clearInterval(timer);
      const failure = error instanceof Failure ? error : internal(undefined, { cause: error });
      this.#failed.add(operation.id);
      // Unsaid, the operation fails by silence.
      await say({ state: 'failed', error: toFailureRecord(failure) }).catch((cause) =>
        this.#logger.warn(cause),
      );
      // Who sent it may send it again once the answer is there.
      await this.work.untilSettled(operation.id, SETTLE_MS).catch((cause) => this.#logger.warn(cause));
      this.#failed.delete(operation.id);
      throw failure;
    }
  }

  /** An upload that is known to have failed holds the disk until its operation has settled: that is waited for. */
  async #whileDying(caller: Caller, disk: DiskAddress): Promise<void> {
    const note = this.gate.lastNote(disk);
    const unfinished = await this.work.unfinished(caller, disk.name);
    const dying = unfinished.find(
      ({ id }) => this.#failed.has(id) || (note?.state === 'failed' && note.operation === id),
    );
    if (dying) await this.work.untilSettled(dying.id, SETTLE_MS);
  }
}

/** CDI says only in prose what was wrong with an image. */
function refuseUnlessTaken({ status, text }: UploadAnswer): void {
  if (status >= 200 && status < 300) return;
  if (status === 503) throw uploadNotExpected(`CDI does not take the content now: ${oneLine(text)}`);
  if (status === 401 || status === 403) throw uploadRefused('CDI does not accept the right to this upload.');
  if (status === 502 || status === 504) throw uploadUnavailable();
  const running = { status: 'False', reason: 'Error', message: text };
  const found = importFailure({ phase: 'Failed', progress: null, restarts: 0, running }, 0, 1);
  const definition = failureCatalogue().find(({ code }) => code === found?.code);
  if (!found || !definition || found.code === 'import.failed') throw uploadRefused(oneLine(text));
  const hint = found.code === 'import.too_large' ? 'Make a larger disk.' : (found.hint ?? undefined);
  throw new Failure(definition, found.message, { hint });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 500);
