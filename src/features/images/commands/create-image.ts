import { Injectable } from '@nestjs/common';
import { forbidden } from '../../../kernel/failures.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { checkRegistryUrl } from '../../../platform/import-policy/registry-url.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { imageExists, imageSourceMissing } from '../domain/failures.js';
import type { CreateImageBody, ImageSpec } from '../domain/image-body.js';
import { imageDataSource, imageVolume, privatePlace } from '../domain/image-manifests.js';
import { imageVolumeName } from '../domain/names.js';
import { specifyImage } from '../domain/specify-image.js';
import { CREATE_IMAGE_KIND } from '../operation-kinds.js';
import { type Caller, ImageWork, isDryRun, type Outcome, preview } from './image-work.js';

/** What images are checked against before anything is begun. */
@Injectable()
export class ImageChecks {
  constructor(
    private readonly catalog: CatalogContract,
    private readonly importPolicy: ImportPolicy,
    private readonly access: AccessPort,
    private readonly asks: TenantAsks,
  ) {}

  defaults(spec: Pick<ImageSpec, 'defaultInstanceType' | 'defaultPreference'>): void {
    const { defaultInstanceType, defaultPreference } = spec;
    if (defaultInstanceType !== null) {
      this.catalog.requireInstanceType(defaultInstanceType, '/defaultInstanceType');
    }
    if (defaultPreference !== null) this.catalog.requirePreference(defaultPreference, '/defaultPreference');
  }

  async source({ source, storageClass }: ImageSpec): Promise<void> {
    if (storageClass !== null) this.catalog.requireStorageClass(storageClass, '/storageClass');
    if ('url' in source) await this.importPolicy.check(source.url);
    if ('registry' in source) await checkRegistryUrl(this.importPolicy, source.registry);
  }

  mayShare({ principal, project }: Caller): void {
    if (this.access.allows(principal, 'images:share', project)) return;
    throw forbidden(`The permission "images:share" is missing on project "${project.name}".`, {
      details: { permission: 'images:share' },
    });
  }

  /** Canonical quantity. Throws image.source_missing. */
  async sizeOfDisk({ project }: Caller, disk: string): Promise<string> {
    const missing = () => {
      const message = `There is no disk "${disk.slice(0, 128)}" in this project.`;
      return imageSourceMissing(message, {
        errors: [{ pointer: '/source/disk', code: 'image.source_missing', message }],
      });
    };
    // A name that no object can have is not asked about: it would be another path.
    if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(disk)) throw missing();
    try {
      const claim = await this.asks.find(PERSISTENT_VOLUME_CLAIM, project.namespace, disk);
      if (!claim || claim.metadata.deletionTimestamp) throw missing();
      const size = claim.status?.capacity?.storage ?? claim.spec?.resources?.requests?.storage;
      return canonicalBytes(String(size ?? '')) ?? '0';
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) throw missing();
      throw error;
    }
  }
}

/** Imports an image into a project's catalogue. */
@Injectable()
export class CreateImage {
  constructor(
    private readonly caches: ImageCaches,
    private readonly checks: ImageChecks,
    private readonly work: ImageWork,
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
    return this.work.begin(
      caller,
      { kind: CREATE_IMAGE_KIND.kind, name: spec.name, input: { spec }, warnings },
      refusal,
    );
  }

  async #preview(caller: Caller, spec: ImageSpec, warnings: string[]): Promise<Outcome> {
    const place = privatePlace(caller.project, spec.name);
    const from = {
      operationId: 'dry-run',
      requestId: currentContext()?.requestId ?? 'unknown',
      requestedBy: caller.principal,
    };
    const manifests = [imageVolume(spec, place, spec.source, from), imageDataSource(spec, place, from)];
    await this.work.wouldCreate(caller, manifests);
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
