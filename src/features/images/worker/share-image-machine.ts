import { Injectable } from '@nestjs/common';
import { fail, isRequested } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import type { ImageSpec, Visibility } from '../domain/image-body.js';
import { SHARE_IMAGE_KIND } from '../operation-kinds.js';
import { ImageAsks } from './image-asks.js';
import { ImageGrowth } from './image-growth.js';
import { type CopyObserved, nextOfPublication } from './publication.js';
import { Publisher } from './publisher.js';

export interface ShareInput {
  visibility: Visibility;
  spec: ImageSpec;
}

const shareInput = (operation: OperationRecord): ShareInput => operation.input as unknown as ShareInput;

/** `image.share`: makes the copy that others see, changes who sees it, or takes it back. */
@Injectable()
export class ShareImageMachine implements OperationMachine<CopyObserved> {
  readonly kind = SHARE_IMAGE_KIND.kind;

  constructor(
    private readonly caches: ImageCaches,
    private readonly asks: ImageAsks,
    private readonly publisher: Publisher,
    private readonly moves: ImageGrowth,
  ) {}

  observe({ project, target }: OperationRecord): CopyObserved {
    const published = this.caches.published(project, target.name);
    const copy = published && this.caches.volumeOf(published);
    const cron = published && this.caches.crons.get(published.namespace, published.name);
    const copyMovedAt = this.moves.movedAt(copy?.uid);
    return { published, copy, copyMovedAt, copyUnseen: cron?.unseen ?? null };
  }

  next(operation: OperationRecord, observed: CopyObserved, now: Date): Decision {
    return nextOfSharing(operation, observed, now, this.moves.stallMs);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    const { visibility, spec } = shareInput(operation);
    if (step === 'withdraw') {
      await this.publisher.withdraw(operation.project, spec.name);
      return {};
    }
    return this.asks.tenants.run(operation, 'images:share', async (as) =>
      visibility === 'private' ? {} : this.publisher.publish(operation, spec, visibility, as),
    );
  }
}

/** The decision of `image.share`. Pure. */
export function nextOfSharing(
  operation: OperationRecord,
  observed: CopyObserved,
  now: Date,
  stallMs: number,
): Decision {
  const { visibility } = shareInput(operation);
  const result = { name: operation.target.name, project: operation.project.name, visibility };
  if (visibility !== 'private') {
    return nextOfPublication(operation, observed, visibility, now, stallMs) ?? { do: 'succeed', result };
  }
  const begun = operation.asked.publish;
  if (!begun) return { do: 'wait', step: 'publish' };
  if (begun.refusal) return fail(begun.refusal);
  if (!isRequested(operation, 'withdraw')) return { do: 'act', step: 'withdraw' };
  const withdrawn = operation.asked.withdraw;
  if (withdrawn?.refusal) return fail(withdrawn.refusal);
  if (!withdrawn || observed.published || observed.copy) {
    return { do: 'wait', step: 'withdraw', recheckMs: 2000 };
  }
  return { do: 'succeed', result };
}
