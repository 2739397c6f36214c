import type { FailureRecord } from '../../../kernel/failure.js';
import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { imageCreateFailed, imageVanished } from '../domain/failures.js';
import type { ImageSpec } from '../domain/image-body.js';
import { isComplete } from '../domain/image-view.js';
import type { ObservedImage, ObservedImageVolume } from '../domain/observed.js';
import {
  type CopyObserved,
  fillingFailure,
  nextOfPublication,
  reasonFrom,
  reasonText,
  SEEN_LIMIT_MS,
} from './publication.js';

export interface ImageCreationObserved extends CopyObserved {
  /** Only the one that this operation made. */
  image: ObservedImage | undefined;
  volume: ObservedImageVolume | undefined;
  movedAt: Date | undefined;
  /** Why its schedule does not know yet what to import. */
  unseen: string | null;
}

/** How much of the whole each part is, in percent. */
const PROGRESS = { checked: 2, made: 5, imported: 90 } as const;

export const imageSpecOf = (operation: OperationRecord): ImageSpec => operation.input.spec as ImageSpec;

/** The decision of `image.create`. Pure. */
export function nextOfImageCreation(
  operation: OperationRecord,
  observed: ImageCreationObserved,
  now: Date,
  stallMs: number,
): Decision {
  if (isRequested(operation, 'clean-up')) return afterCleanUp(operation, observed);
  const source = operation.asked['check-source'];
  if (!isRequested(operation, 'create-image')) {
    if (operation.cancelRequested) return { do: 'cancelled' };
    if (!source) return { do: 'wait', step: 'check-source' };
    const refused = source.refusal ?? failedSource(source.notes);
    if (refused) return fail(refused);
    return { do: 'act', step: 'create-image', progress: PROGRESS.checked };
  }
  const made = operation.asked['create-image'];
  // While the cluster may be making it, there is nothing to take back yet.
  if (!made) return { do: 'wait', step: 'create-image' };
  if (isRequested(operation, 'publish')) return followPublication(operation, observed, now, stallMs);
  if (operation.cancelRequested) return cleanUp(null);
  if (made.refusal) return cleanUp(made.refusal);
  return followImport(operation, observed, now, stallMs);
}

const failedSource = (notes: Record<string, string>): FailureRecord | null =>
  notes.failed ? (JSON.parse(notes.failed) as FailureRecord) : null;

function followImport(
  operation: OperationRecord,
  observed: ImageCreationObserved,
  now: Date,
  stallMs: number,
): Decision {
  const { image, volume } = observed;
  const spec = imageSpecOf(operation);
  const sinceMade = sinceAsked(operation, 'create-image', now);
  if ((!image && sinceMade > SEEN_LIMIT_MS) || image?.deleting) return cleanUp(failureRecord(imageVanished));
  if (image && 'upload' in spec.source && volume?.phase === 'UploadReady') {
    const { name: project } = operation.project;
    const upload = `/api/v1/projects/${project}/disks/${volume.name}/content`;
    return { do: 'succeed', result: { ...resultOf(operation, image), upload } };
  }
  if (!image || !isComplete(image, volume)) {
    const failure = fillingFailure(observed, sinceMade, now, stallMs);
    if (failure) return cleanUp(failure);
    const part = (volume?.progress ?? 0) / 100;
    const progress = PROGRESS.made + part * (PROGRESS.imported - PROGRESS.made);
    return {
      do: 'wait',
      step: 'import',
      // An importer that begins again does not take progress back.
      progress: Math.max(operation.progress ?? 0, Math.round(progress * 10) / 10),
      message: volume?.phase ?? 'Pending',
      recheckMs: 5000,
    };
  }
  if (spec.visibility === 'private') return { do: 'succeed', result: resultOf(operation, image) };
  return { do: 'act', step: 'publish', progress: PROGRESS.imported };
}

function followPublication(
  operation: OperationRecord,
  observed: ImageCreationObserved,
  now: Date,
  stallMs: number,
): Decision {
  const { visibility } = imageSpecOf(operation);
  const next = nextOfPublication(operation, observed, visibility, now, stallMs);
  return next ?? { do: 'succeed', result: resultOf(operation, observed.image) };
}

const resultOf = (operation: OperationRecord, image: ObservedImage | undefined) => ({
  id: image?.uid ?? operation.asked['create-image']?.notes.uid ?? null,
  name: operation.target.name,
  project: operation.project.name,
});

const cleanUp = (why: FailureRecord | null): Decision => ({
  do: 'act',
  step: 'clean-up',
  message: reasonText(why),
  leaving: why ? 'FAILED' : 'SKIPPED',
});

function afterCleanUp(operation: OperationRecord, { image, volume }: ImageCreationObserved): Decision {
  const text = operation.steps.find(({ name }) => name === 'clean-up')?.message;
  const why = reasonFrom(text);
  const cleaned = operation.asked['clean-up'];
  if (!cleaned) return { do: 'wait', step: 'clean-up', message: reasonText(why) };
  // Nothing half-made stays, however long the cluster is away.
  if (cleaned.refusal?.code === 'operation.exhausted') return cleanUp(why);
  const left = image !== undefined || volume?.operationId === operation.id;
  if (left && !cleaned.refusal)
    return { do: 'wait', step: 'clean-up', message: reasonText(why), recheckMs: 2000 };
  if (!why) return { do: 'cancelled' };
  if (!cleaned.refusal) return fail(why);
  const rest = `What was made of it could not be removed: ${cleaned.refusal.message}`;
  return fail({ ...why, code: why.code || imageCreateFailed.definition.code, hint: rest });
}
