import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessContract } from '../../access/access.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Caller, isDryRun, type Preview } from '../../operations/outcome.contract.js';
import { DiskDirectory } from '../data/disk-directory.js';
import type { DiskRow } from '../data/disk-row.js';
import type { StagedUpload } from '../data/staged-uploads.js';
import type { ContentRange } from '../domain/content-range.js';
import { diskNotFound, uploadNotExpected } from '../domain/disk-failures.js';
import type { Checksum } from '../domain/upload-headers.js';
import { FinishStaged } from './finish-staged.js';
import { assertNext, type HeldUpload, type PartBody, ReceivePart } from './receive-part.js';
import { Staging } from './staging.js';
import { refusalOf, uploadPreview } from './upload-disk.js';

export interface StagedPart {
  range: ContentRange;
  body: Pick<PartBody, 'bytes' | 'checksum'>;
  /** Of the whole content. */
  checksum: Checksum | null;
}

/** More is to come; this much is there. */
export interface StagedState {
  /** Bytes. */
  received: number;
  total: number;
  /** Id; null where nothing has come yet. */
  operation: string | null;
}

export type StagedOutcome = { done: OperationView } | { more: StagedState } | { preview: Preview };

/**
 * Takes a part of a disk's content, or says how much of it is there. CDI takes an image in one go: so the parts are kept
 * here, and passed on when they are whole. One operation spans it all.
 */
@Injectable()
export class StageUpload {
  constructor(
    private readonly directory: DiskDirectory,
    private readonly access: AccessContract,
    private readonly staging: Staging,
    private readonly parts: ReceivePart,
    private readonly finishing: FinishStaged,
  ) {}

  async execute(caller: Caller, name: string, part: StagedPart): Promise<StagedOutcome> {
    const row = this.directory.get(caller.project, name);
    if (!row) throw diskNotFound(`There is no disk "${name}" in this project.`);
    const { range } = part;
    const done = range.kind === 'ask' && (await this.staging.lastOutcome(row, range.total));
    if (done) return { done };
    const refusal = refusalOf(row);
    if (refusal) throw refusal;
    if (isDryRun()) return { preview: uploadPreview(name) };
    const found = await this.staging.find(row, range.total);
    if (!found) {
      if (range.kind === 'ask') return { more: { received: 0, total: range.total, operation: null } };
      assertNext(range.first, 0);
    }
    const staged = found ?? (await this.staging.begin(caller, row, range.total));
    return range.kind === 'ask'
      ? this.#ask(caller, row, staged)
      : this.#take(caller, row, staged, { ...part, range });
  }

  /** Also the way to have it tried again: what is whole, and nobody is passing on, is passed on. */
  async #ask(caller: Caller, row: DiskRow, staged: StagedUpload): Promise<StagedOutcome> {
    const received = await this.staging.received(staged);
    if (received < Number(staged.total)) return { more: stateOf(staged, received) };
    const holder = randomUUID();
    if (!(await this.staging.tryHold(staged, holder))) return this.#outcome(staged);
    try {
      return await this.#finish(this.#held(caller, row, staged, holder));
    } finally {
      await this.staging.letGo(staged, holder);
    }
  }

  async #take(
    caller: Caller,
    row: DiskRow,
    staged: StagedUpload,
    { range, body, checksum }: StagedPart & { range: { first: number; last: number } },
  ): Promise<StagedOutcome> {
    const holder = randomUUID();
    await this.staging.hold(staged, holder);
    try {
      if (checksum) await this.staging.noteChecksum(staged, checksum);
      const held = this.#held(caller, row, staged, holder);
      const received = await this.parts.execute(held, { ...range, ...body });
      if (received < Number(staged.total)) return { more: stateOf(staged, received) };
      return await this.#finish(held);
    } finally {
      await this.staging.letGo(staged, holder);
    }
  }

  async #finish(held: HeldUpload): Promise<StagedOutcome> {
    await this.finishing.execute(held);
    return this.#outcome(held.staged);
  }

  async #outcome(staged: StagedUpload): Promise<StagedOutcome> {
    const operation = await this.staging.operationOf(staged);
    // Operations are kept for weeks: without one there is nothing to tell.
    if (!operation) throw uploadNotExpected('The upload has ended meanwhile.');
    return { done: operation };
  }

  #held(
    { principal, project }: Caller,
    { namespace, name, uid }: DiskRow,
    staged: StagedUpload,
    holder: string,
  ) {
    const as = this.access.impersonationOf(principal, project);
    const sender = { requester: principal, project };
    return { staged, holder, disk: { namespace, name, uid }, as, sender };
  }
}

const stateOf = ({ total, operation_id }: StagedUpload, received: number): StagedState => ({
  received,
  total: Number(total),
  operation: operation_id,
});
