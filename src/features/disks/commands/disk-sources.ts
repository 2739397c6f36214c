import { Inject, Injectable, Optional } from '@nestjs/common';
import { parseBytes } from '../../../kernel/quantity.js';
import { ClusterCapabilities } from '../../../platform/cluster/cluster-capabilities.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { checkRegistryUrl } from '../../../platform/import-policy/registry-url.js';
import { ImagesContract } from '../../images/images.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { DiskDirectory } from '../data/disk-directory.js';
import { SnapshotVolumes } from '../data/snapshot-volumes.js';
import type { DiskSpec, ResolvedDisk } from '../domain/disk-body.js';
import {
  diskInUse,
  diskNotReady,
  diskSourceNotFound,
  diskSourceUnsupported,
  diskTooSmall,
} from '../domain/disk-failures.js';

type Found = { from: ResolvedDisk['from']; size: string | null };

/** Finds what a disk is to be made from, and says how CDI is told. */
@Injectable()
export class DiskSources {
  constructor(
    private readonly directory: DiskDirectory,
    private readonly snapshots: SnapshotVolumes,
    private readonly importPolicy: ImportPolicy,
    private readonly capabilities: ClusterCapabilities,
    @Optional() @Inject(ImagesContract) private readonly images: ImagesContract | null = null,
  ) {}

  /** Throws disk.source_not_found, disk.not_ready, disk.in_use, disk.too_small, import.* and image.*. */
  async resolve(caller: Caller, spec: DiskSpec): Promise<ResolvedDisk> {
    if (spec.access?.checksum) await this.#requireChecksums();
    const { from, size: least } = await this.#find(caller, spec);
    const size = spec.size ?? least;
    if (size === null) {
      const message = 'How large the source is cannot be told: say how large the disk is to be.';
      throw diskTooSmall(message, { errors: [{ pointer: '/size', code: 'disk.size', message }] });
    }
    if (least !== null && (parseBytes(size) ?? 0n) < (parseBytes(least) ?? 0n)) {
      const message = `The disk of ${size} is smaller than its source of ${least}.`;
      throw diskTooSmall(message, { errors: [{ pointer: '/size', code: 'disk.too_small', message }] });
    }
    return { ...spec, size, from };
  }

  async #find({ project }: Caller, { source }: DiskSpec): Promise<Found> {
    if ('blank' in source) return { from: { source: { blank: {} } }, size: null };
    if ('upload' in source) return { from: { source: { upload: {} } }, size: null };
    if ('url' in source) {
      await this.importPolicy.check(source.url);
      return { from: { source: { http: { url: source.url } } }, size: null };
    }
    if ('registry' in source) {
      await checkRegistryUrl(this.importPolicy, source.registry);
      return { from: { source: { registry: { url: source.registry } } }, size: null };
    }
    const { namespace } = project;
    if ('disk' in source) return this.#disk(namespace, source.disk);
    if ('snapshot' in source) {
      const found = await this.snapshots.find(namespace, source.snapshot, source.volume);
      const snapshot = { namespace, name: found.volumeSnapshot };
      return { from: { source: { snapshot } }, size: found.size };
    }
    if (!this.images) throw diskSourceUnsupported('Disks from an image are not offered here.');
    const image = this.images.resolve(project, source.image, '/source/image');
    const sourceRef = { kind: 'DataSource', namespace: image.namespace, name: image.dataSource };
    return { from: { sourceRef }, size: image.size };
  }

  /** An older CDI does not know the field, and would not look at the sum at all. */
  async #requireChecksums(): Promise<void> {
    const { cdi } = await this.capabilities.current();
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(cdi ?? '') ?? [];
    if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 65)) return;
    const message = `The cluster cannot verify checksums: it takes CDI 1.65, and this is ${cdi ?? 'of unknown version'}.`;
    throw diskSourceUnsupported(message, {
      errors: [{ pointer: '/source/checksum', code: 'disk.source_unsupported', message }],
      hint: 'Leave the checksum out, or send the image with PUT .../content, which verifies one.',
    });
  }

  #disk(namespace: string, name: string): Found {
    const row = this.directory.get({ namespace }, name);
    if (!row) {
      const message = `There is no disk "${name}" in this project.`;
      throw diskSourceNotFound(message, {
        errors: [{ pointer: '/source/disk', code: 'disk.source_not_found', message }],
      });
    }
    if (row.state !== 'Ready') throw diskNotReady(`The disk "${name}" is ${row.state}.`);
    const user = row.attachedTo.find(({ running }) => running);
    if (user) {
      // CDI would wait, without a word, until nobody writes to it any more.
      throw diskInUse(`The virtual machine "${user.machine}" is running with the disk "${name}".`, {
        hint: 'Stop the machine first, or take a snapshot of it and make the disk from that.',
      });
    }
    return { from: { source: { pvc: { namespace, name } } }, size: row.size };
  }
}
