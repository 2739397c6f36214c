import { Injectable } from '@nestjs/common';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import { fail, failureRecord, isRequested } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import {
  diskVanished,
  uploadCancelled,
  uploadExpired,
  uploadInterrupted,
  uploadRefused,
} from '../domain/disk-failures.js';
import { stateOf } from '../domain/disk-view.js';
import { ANNOTATION, cleanUpIn } from '../domain/names.js';
import type { ObservedDataVolume, ObservedDiskClaim } from '../domain/observed.js';
import { formatUploadNote, type UploadNote, uploadPercent } from '../domain/upload-note.js';
import { UPLOAD_DISK_KIND } from '../operation-kinds.js';

export interface UploadObserved {
  claim: ObservedDiskClaim | undefined;
  dataVolume: ObservedDataVolume | undefined;
}

/** How long the gateway may be silent: it writes every few seconds. */
export const SILENCE_LIMIT_MS = 60_000;
/** How long CDI may take to turn what it received into a disk. */
const PROCESS_LIMIT_MS = 2 * 3600_000;
/** How long CDI may wait for content that the gateway has sent, once the gateway says nothing any more. */
const FORGOTTEN_LIMIT_MS = 5 * 60_000;
const WAITS_FOR_BYTES: ReadonlySet<string> = new Set(['UploadScheduled', 'UploadReady']);

/** `disk.upload`: follows what the gateway notes on the claim, then CDI. */
@Injectable()
export class UploadDiskMachine implements OperationMachine<UploadObserved> {
  readonly kind = UPLOAD_DISK_KIND.kind;
  readonly compensating = ['clean-up'];

  constructor(
    private readonly caches: DiskCaches,
    private readonly cluster: ClusterClient,
  ) {}

  observe({ project: { namespace }, target: { name } }: OperationRecord): UploadObserved {
    return {
      claim: this.caches.claims.get(namespace, name),
      dataVolume: this.caches.dataVolumes.get(namespace, name),
    };
  }

  next(operation: OperationRecord, observed: UploadObserved, now: Date): Decision {
    return nextOfUpload(operation, observed, now);
  }

  /** Says on the claim that nobody is at it any more: what the gateway would have said. */
  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'clean-up') return {};
    const { project, target, id, input } = operation;
    const claim = this.caches.claims.get(project.namespace, target.name);
    if (claim?.upload?.operation !== id) return {};
    const as = cleanUpIn(project);
    const at = new Date().toISOString();
    const error = operation.cancelRequested ? failureRecord(uploadCancelled) : silence(claim.upload);
    const note = { ...claim.upload, state: 'failed' as const, at, error };
    const annotations = { [ANNOTATION.upload]: formatUploadNote(note) };
    const patch = { type: 'merge' as const, body: { metadata: { uid: input.uid, annotations } } };
    try {
      await this.cluster.patch(PERSISTENT_VOLUME_CLAIM, project.namespace, target.name, patch, { as });
    } catch (error) {
      if (!isCode(error, 'cluster.not_found', 'cluster.conflict', 'cluster.state_conflict')) throw error;
    }
    return {};
  }
}

/** The decision of `disk.upload`. Pure. */
export function nextOfUpload(
  operation: OperationRecord,
  { claim, dataVolume }: UploadObserved,
  now: Date,
): Decision {
  if (!claim || claim.deleting || claim.uid !== operation.input.uid) return fail(failureRecord(diskVanished));
  const note = claim.upload?.operation === operation.id ? claim.upload : null;
  // What CDI has finished is there, whatever was noted of the way.
  if (
    note &&
    note.state !== 'failed' &&
    stateOf({ claim, dataVolume, storageClass: undefined }) === 'Ready'
  ) {
    return { do: 'succeed', result: { id: claim.uid, name: claim.name, bytes: note.received } };
  }
  if (isRequested(operation, 'clean-up')) {
    if (!operation.asked['clean-up']) return { do: 'wait', step: 'clean-up' };
    return operation.cancelRequested ? { do: 'cancelled' } : fail(note?.error ?? silence(note));
  }
  if (operation.cancelRequested) return { do: 'act', step: 'clean-up', leaving: 'SKIPPED' };
  if (note?.error) return fail(note.error);
  const heardAt = note ? Date.parse(note.at) : operation.createdAt.getTime();
  const silentMs = now.getTime() - heardAt;
  if (note?.state !== 'sent') {
    // The client of a staged upload may be silent much longer, and its gateway too.
    const over = note?.until ? now.getTime() > Date.parse(note.until) : silentMs > SILENCE_LIMIT_MS;
    if (over) return { do: 'act', step: 'clean-up', leaving: 'FAILED' };
    return { do: 'wait', step: 'receive', progress: uploadPercent(note), recheckMs: 5000 };
  }
  if (dataVolume?.phase === 'Failed') {
    return fail(failureRecord(uploadRefused, dataVolume.running?.message || undefined));
  }
  // The gateway speaks until it is told how it went: CDI has forgotten what it received, and nobody can say so.
  if (silentMs > FORGOTTEN_LIMIT_MS && dataVolume && WAITS_FOR_BYTES.has(dataVolume.phase)) {
    return { do: 'act', step: 'clean-up', leaving: 'FAILED' };
  }
  if (silentMs > PROCESS_LIMIT_MS) {
    return fail(failureRecord(uploadInterrupted, 'The cluster did not finish what it received.'));
  }
  return { do: 'wait', step: 'process', progress: 95, message: dataVolume?.phase, recheckMs: 5000 };
}

const silence = (note: UploadNote | null) =>
  note?.until && note.state === 'receiving'
    ? failureRecord(uploadExpired)
    : failureRecord(uploadInterrupted, 'The gateway that received the content is gone.');
