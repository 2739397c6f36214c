import { Injectable } from '@nestjs/common';
import { formatBytes, parseBytes } from '../../../kernel/quantity.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, isDryRun, type Outcome, requestId } from '../../operations/outcome.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import { DiskDirectory } from '../data/disk-directory.js';
import type { DiskRow } from '../data/disk-row.js';
import { claimPatch, type DiskChange } from '../domain/claim-patch.js';
import type { ChangeDiskBody } from '../domain/disk-body.js';
import {
  diskBeingDeleted,
  diskCannotShrink,
  diskNotExpandable,
  diskNotFound,
  diskNotReady,
} from '../domain/disk-failures.js';
import { specifyChange } from '../domain/specify-disk.js';
import { EXPAND_DISK_KIND, UPDATE_DISK_KIND } from '../operation-kinds.js';
import { DiskWork } from './disk-work.js';

/** Makes a disk larger, or changes what it is called. */
@Injectable()
export class ChangeDisk {
  constructor(
    private readonly directory: DiskDirectory,
    private readonly caches: DiskCaches,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
    private readonly work: DiskWork,
  ) {}

  async execute(caller: Caller, name: string, body: ChangeDiskBody): Promise<Outcome> {
    const change = specifyChange(body);
    const { principal, project } = caller;
    const row = this.directory.get(project, name);
    if (!row) throw diskNotFound(`There is no disk "${name}" in this project.`);
    if (row.deleting) throw diskBeingDeleted();
    const size = this.#newSize(row, change.size);
    const input: DiskChange = {
      uid: row.uid,
      labels: change.labels ?? null,
      displayName: change.displayName,
      size,
      request: size === null ? null : this.#request(row, size),
    };
    const kind = size === null ? UPDATE_DISK_KIND.kind : EXPAND_DISK_KIND.kind;
    if (isDryRun()) {
      const near = await this.work.rehearse(caller, { kind, name, input });
      const as = this.access.impersonationOf(principal, project);
      const patch = { type: 'merge' as const, body: claimPatch(input, requestId()) };
      await this.cluster.patch(PERSISTENT_VOLUME_CLAIM, project.namespace, name, patch, { as, dryRun: true });
      const effect =
        size === null
          ? `It changes the disk "${name}".`
          : `It makes the disk "${name}" larger, from ${row.size ?? 'unknown'} to ${size}.`;
      return { preview: { dryRun: true, manifests: [], warnings: [...near], effect } };
    }
    const warnings = size === null ? [] : ['The filesystem in the guest does not grow by itself everywhere.'];
    return { operation: await this.work.begin(caller, { kind, name, input, warnings }) };
  }

  /** Null where the size stays as it is. */
  #newSize(row: DiskRow, wanted: string | undefined): string | null {
    if (wanted === undefined) return null;
    const have = parseBytes(row.size ?? '0') ?? 0n;
    const want = parseBytes(wanted) ?? 0n;
    if (want === have) return null;
    const pointer = '/size';
    if (want < have) {
      const message = `The disk has ${row.size}; ${wanted} is less.`;
      throw diskCannotShrink(message, {
        errors: [{ pointer, code: 'disk.cannot_shrink', message }],
        details: { size: row.size, wanted },
      });
    }
    if (row.state !== 'Ready' && row.state !== 'Expanding') {
      throw diskNotReady(`The disk "${row.name}" is ${row.state}.`);
    }
    if (!row.expandable) {
      const message = `The storage class "${row.storageClass}" does not let disks grow.`;
      throw diskNotExpandable(message, {
        errors: [{ pointer, code: 'disk.not_expandable', message }],
      });
    }
    return wanted;
  }

  /** What the claim has to ask for, so that a guest sees `size`: a filesystem takes its share (CDI does the same). */
  #request({ volumeMode, storageClass }: DiskRow, size: string): string {
    if (volumeMode !== 'Filesystem') return size;
    const overhead = this.caches.config?.filesystemOverhead;
    const fraction = overhead ? (overhead.byClass[storageClass ?? ''] ?? overhead.global) : 0;
    const bytes = Number(parseBytes(size) ?? 0n) / (1 - fraction);
    const whole = BigInt(Math.ceil(bytes / 1024 ** 2)) * 1024n ** 2n;
    return formatBytes(fraction === 0 ? (parseBytes(size) ?? 0n) : whole);
  }
}
