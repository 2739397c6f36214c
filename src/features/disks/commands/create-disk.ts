import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { DATA_VOLUME } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { type Caller, isDryRun, type Outcome, requestId } from '../../operations/outcome.contract.js';
import { DiskDirectory } from '../data/disk-directory.js';
import { chooseModes } from '../domain/choose-modes.js';
import type { CreateDiskBody, DiskSpec, ResolvedDisk } from '../domain/disk-body.js';
import { diskExists, diskModeUnsupported } from '../domain/disk-failures.js';
import { diskManifest } from '../domain/disk-manifest.js';
import { specifyDisk } from '../domain/specify-disk.js';
import { CREATE_DISK_KIND } from '../operation-kinds.js';
import { DiskSources } from './disk-sources.js';
import { DiskWork } from './disk-work.js';

/** Where a disk is going to lie. */
interface DiskPlace {
  /** Storage class and modes, for a person. */
  where: string;
  /** What the caller should know. */
  warnings: string[];
}

/** Where a disk may lie, and what the cluster would say to it. */
@Injectable()
export class DiskGround {
  constructor(
    private readonly catalog: CatalogContract,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  /** Throws storage_class.unknown, disk.mode_unsupported. */
  check({ storageClass, accessMode, volumeMode }: DiskSpec): DiskPlace {
    const found =
      storageClass === null
        ? this.catalog.defaultStorageClass()
        : this.catalog.requireStorageClass(storageClass, '/storageClass');
    if (!found) {
      throw diskModeUnsupported('The cluster has no default storage class: name one.', {
        errors: [{ pointer: '/storageClass', code: 'storage_class.missing', message: 'Name one.' }],
      });
    }
    const modes = chooseModes(found, { accessMode, volumeMode });
    const warnings: string[] = [];
    if (modes.accessMode !== 'ReadWriteMany') {
      warnings.push('Only one node at a time can use the disk: a machine with it cannot be live-migrated.');
    }
    if (volumeMode === 'Block' && found.volumeMode === 'Filesystem') {
      warnings.push(`The storage class "${found.name}" prefers Filesystem.`);
    }
    return { where: `"${found.name}" (${modes.accessMode}, ${modes.volumeMode})`, warnings };
  }

  async preview(
    { principal, project }: Caller,
    disk: ResolvedDisk,
    { where, warnings }: DiskPlace,
  ): Promise<Outcome> {
    const from = {
      namespace: project.namespace,
      operationId: 'dry-run',
      requestId: requestId(),
      requestedBy: principal,
    };
    const manifest = diskManifest(disk, from);
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.create(DATA_VOLUME, project.namespace, manifest, { as, dryRun: true });
    const effect = `It creates the disk "${disk.name}" of ${disk.size} on ${where}.`;
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

  async execute(caller: Caller, body: CreateDiskBody): Promise<Outcome> {
    const spec = specifyDisk(body);
    const taken = this.#taken(caller, spec.name);
    if (taken && isDryRun()) throw taken;
    const place = this.ground.check(spec);
    const warnings = [...place.warnings, ...warningsOf(spec)];
    const disk = await this.sources.resolve(caller, spec);
    const request = { kind: CREATE_DISK_KIND.kind, name: spec.name, input: { disk }, warnings };
    if (isDryRun()) {
      const near = await this.work.rehearse(caller, request);
      return this.ground.preview(caller, disk, { ...place, warnings: [...warnings, ...near] });
    }
    return { operation: await this.work.begin(caller, request, taken) };
  }

  #taken({ project }: Caller, name: string): Failure | null {
    return this.directory.getAny(project, name)
      ? diskExists(`There is a disk "${name}" in this project.`)
      : null;
  }
}

function warningsOf({ source, access }: DiskSpec): string[] {
  if (!('url' in source) || !/^http:/i.test(source.url)) return [];
  const warnings: string[] = [];
  if (!access?.checksum) {
    warnings.push('The image comes over plain http: nothing proves that it is the one that was meant.');
  }
  if (access?.credentials) warnings.push('The password travels in the clear: the address is plain http.');
  return warnings;
}
