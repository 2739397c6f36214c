import { Injectable } from '@nestjs/common';
import { forbidden } from '../../../kernel/failures.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { checkRegistryUrl } from '../../../platform/import-policy/registry-url.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { imageSourceMissing } from '../domain/failures.js';
import type { ImageSpec } from '../domain/image-body.js';

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
