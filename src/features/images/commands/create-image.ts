import { Injectable } from '@nestjs/common';
import { currentContext } from '../../../platform/context/request-context.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { imageExists } from '../domain/failures.js';
import type { CreateImageBody, ImageSpec } from '../domain/image-body.js';
import { imageDataSource, imageVolume, privatePlace } from '../domain/image-manifests.js';
import { imageVolumeName } from '../domain/names.js';
import { specifyImage } from '../domain/specify-image.js';
import { CREATE_IMAGE_KIND } from '../operation-kinds.js';
import { ImageChecks } from './image-checks.js';
import { ImagePreviews, preview } from './image-previews.js';
import { ImageWork } from './image-work.js';

/** Imports an image into a project's catalogue. */
@Injectable()
export class CreateImage {
  constructor(
    private readonly caches: ImageCaches,
    private readonly checks: ImageChecks,
    private readonly work: ImageWork,
    private readonly previews: ImagePreviews,
  ) {}

  async execute(caller: Caller, body: CreateImageBody): Promise<Outcome> {
    const { disk } = body.source;
    const spec = specifyImage(body, disk ? await this.checks.sizeOfDisk(caller, disk) : null);
    const { namespace } = caller.project;
    const taken =
      this.caches.images.get(namespace, spec.name) ??
      this.caches.volumes.get(namespace, imageVolumeName(spec.name));
    const refusal = taken ? imageExists(`There is an image "${spec.name}" in this project.`) : null;
    if (refusal && isDryRun()) throw refusal;
    if (spec.visibility !== 'private') this.checks.mayShare(caller);
    this.checks.defaults(spec);
    await this.checks.source(spec);
    const warnings = warningsOf(spec);
    if (isDryRun()) {
      const request = { kind: CREATE_IMAGE_KIND.kind, name: spec.name, input: { spec } };
      const near = await this.work.rehearse(caller, request);
      return this.#preview(caller, spec, [...warnings, ...near]);
    }
    const request = { kind: CREATE_IMAGE_KIND.kind, name: spec.name, input: { spec }, warnings };
    return { operation: await this.work.begin(caller, request, refusal) };
  }

  async #preview(caller: Caller, spec: ImageSpec, warnings: string[]): Promise<Outcome> {
    const place = privatePlace(caller.project, spec.name);
    const from = {
      operationId: 'dry-run',
      requestId: currentContext()?.requestId ?? 'unknown',
      requestedBy: caller.principal,
    };
    const manifests = [imageVolume(spec, place, spec.source, from), imageDataSource(spec, place, from)];
    await this.previews.wouldCreate(caller, manifests);
    return preview(`It makes the image "${spec.name}" of ${spec.size}.`, manifests, warnings);
  }
}

function warningsOf({ source, schedule }: ImageSpec): string[] {
  const warnings: string[] = [];
  if ('url' in source && source.url.toLowerCase().startsWith('http:')) {
    warnings.push('The image comes over plain http: nothing proves that it is the one that was meant.');
  }
  if ('registry' in source && source.registry.includes('@') && schedule) {
    warnings.push('The address names a digest, so a schedule will never find anything newer.');
  }
  return warnings;
}
