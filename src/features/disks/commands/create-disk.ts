import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { DATA_VOLUME } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { DiskDirectory } from '../data/disk-directory.js';
import type { CreateDiskBody, DiskSpec, ResolvedDisk } from '../domain/disk-body.js';
import { diskExists, diskModeUnsupported } from '../domain/disk-failures.js';
import { diskManifest } from '../domain/disk-manifest.js';
import { specifyDisk } from '../domain/specify-disk.js';
import { CREATE_DISK_KIND } from '../operation-kinds.js';
import type { Caller, DiskOutcome } from './caller.js';
import { DiskSources } from './disk-sources.js';
import { DiskWork, isDryRun, requestId } from './disk-work.js';

/** Where a disk may lie, and what the cluster would say to it. */
@Injectable()
export class DiskGround {
  constructor(
    private readonly catalog: CatalogContract,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  /** Throws storage_class.unknown, disk.mode_unsupported; returns what the caller should know. */
  check({ storageClass, accessMode, volumeMode }: DiskSpec): string[] {
    const found =
      storageClass === null
        ? this.catalog.defaultStorageClass()
        : this.catalog.requireStorageClass(storageClass, '/storageClass');
    if (!found) {
      throw diskModeUnsupported('The cluster has no default storage class: name one.', {
        errors: [{ pointer: '/storageClass', code: 'storage_class.missing', message: 'Name one.' }],
      });
    }
    const { accessModes, name } = found;
    if (accessMode !== null && accessModes.length > 0 && !accessModes.includes(accessMode)) {
      const message = `The storage class "${name}" offers ${accessModes.join(', ')}, not ${accessMode}.`;
      throw diskModeUnsupported(message, {
        errors: [{ pointer: '/accessMode', code: 'disk.mode_unsupported', message }],
      });
    }
    // CDI picks the modes by what it knows of the storage; where that is nothing, it refuses to guess.
    if (accessModes.length === 0 && accessMode === null) {
      const message = `The cluster does not know what the storage class "${name}" can do: give an accessMode.`;
      throw diskModeUnsupported(message, {
        errors: [{ pointer: '/accessMode', code: 'disk.mode_unsupported', message }],
      });
    }
    const shared = accessMode === null ? found.liveMigratable : accessMode === 'ReadWriteMany';
    const warnings: string[] = [];
    if (shared === false) {
      warnings.push('Only one node at a time can use the disk: a machine with it cannot be live-migrated.');
    }
    if (volumeMode === 'Block' && found.volumeMode === 'Filesystem') {
      warnings.push(`The storage class "${name}" prefers Filesystem.`);
    }
    return warnings;
  }

  async preview(
    { principal, project }: Caller,
    disk: ResolvedDisk,
    warnings: string[],
  ): Promise<DiskOutcome> {
    const from = {
      namespace: project.namespace,
      operationId: 'dry-run',
      requestId: requestId(),
      requestedBy: principal,
    };
    const manifest = diskManifest(disk, from);
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.create(DATA_VOLUME, project.namespace, manifest, { as, dryRun: true });
    const effect = `It creates the disk "${disk.name}" of ${disk.size}.`;
    return { preview: { dryRun: true, manifests: [manifest], warnings, effect } };
  }
}

/** Creates a disk: empty, from a source, or one that waits for its content to be sent. */
@Injectable()
export class CreateDisk {
  constructor(
    private readonly directory: DiskDirectory,
    private readonly sources: DiskSources,
    private readonly ground: DiskGround,
    private readonly work: DiskWork,
  ) {}

  async execute(caller: Caller, body: CreateDiskBody): Promise<DiskOutcome> {
    const spec = specifyDisk(body);
    const taken = this.#taken(caller, spec.name);
    if (taken && isDryRun()) throw taken;
    const warnings = [...this.ground.check(spec), ...warningsOf(spec)];
    const disk = await this.sources.resolve(caller, spec);
    if (isDryRun()) return this.ground.preview(caller, disk, warnings);
    const request = { kind: CREATE_DISK_KIND.kind, name: spec.name, input: { disk }, warnings };
    return { operation: await this.work.begin(caller, request, taken) };
  }

  #taken({ project }: Caller, name: string): Failure | null {
    return this.directory.get(project, name)
      ? diskExists(`There is a disk "${name}" in this project.`)
      : null;
  }
}

function warningsOf({ source }: DiskSpec): string[] {
  return 'url' in source && source.url.toLowerCase().startsWith('http:')
    ? ['The image comes over plain http: nothing proves that it is the one that was meant.']
    : [];
}
