import { Injectable } from '@nestjs/common';
import { isDnsLabel } from '../../../kernel/dns-name.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import {
  ClusterClient,
  type ClusterObject,
  type ResourceKind,
} from '../../../platform/cluster/cluster-client.js';
import {
  VIRTUAL_MACHINE_SNAPSHOT,
  VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
} from '../../../platform/cluster/kinds.js';
import { ImportPolicy } from '../../../platform/import-policy/import-policy.js';
import { checkRegistryUrl } from '../../../platform/import-policy/registry-url.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import { ImagesContract } from '../../images/images.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import type { FoundBootSource } from '../domain/boot-source.js';
import type { BootDiskBody } from '../domain/create-body.js';
import { vmBootSourceMissing } from '../domain/failures.js';

const NOTHING_KNOWN = { size: null, defaultInstanceType: null, defaultPreference: null, warnings: [] };

/** Finds what a request names as its boot source, as far as it may be used. */
@Injectable()
export class BootSources {
  constructor(
    private readonly images: ImagesContract,
    private readonly caches: MachineCaches,
    private readonly importPolicy: ImportPolicy,
    private readonly cluster: ClusterClient,
  ) {}

  /**
   * Null where the request names none that has to be looked for. Throws image.unknown, image.ambiguous,
   * vm.boot_source_missing, and what the import policy says of an address.
   */
  async find({ project }: Caller, disk: BootDiskBody): Promise<FoundBootSource | null> {
    if (disk.image) return this.#image(this.images.resolve(project, disk.image, '/bootDisk/image'));
    if (disk.disk) return this.#claim(project.namespace, disk.disk);
    if (disk.snapshot) return this.#snapshot(project.namespace, disk.snapshot);
    if (disk.registry) {
      await checkRegistryUrl(this.importPolicy, disk.registry);
      return { ...NOTHING_KNOWN, source: { registry: disk.registry } };
    }
    return null;
  }

  async checkUrl(url: string): Promise<void> {
    await this.importPolicy.check(url);
  }

  #image(image: ReturnType<ImagesContract['resolve']>): FoundBootSource {
    const { namespace, dataSource, size, defaultInstanceType, defaultPreference } = image;
    const warnings = image.ready
      ? []
      : [`The image "${image.name}" is not complete yet: the disk waits for it.`];
    return {
      source: { dataSource: { namespace, name: dataSource } },
      size,
      defaultInstanceType,
      defaultPreference,
      warnings,
    };
  }

  #claim(namespace: string, name: string): FoundBootSource {
    const claim = this.caches.claims.get(namespace, name);
    if (!claim || claim.deleting) throw missing('disk', name);
    const users = this.caches.machines.by('claim', `${namespace}/${name}`);
    const running = users.find((vm) => this.caches.instances.get(namespace, vm.name));
    const warnings = running
      ? [
          `The disk "${name}" is in use by "${running.name}": the copy is as if its power had failed, or waits.`,
        ]
      : [];
    return { ...NOTHING_KNOWN, source: { claim: name }, size: claim.size, warnings };
  }

  /** The disk that the machine of the snapshot boots from. */
  async #snapshot(namespace: string, name: string): Promise<FoundBootSource> {
    // A name that no object can have would be another path.
    const snapshot = isDnsLabel(name) ? await this.#get(VIRTUAL_MACHINE_SNAPSHOT, namespace, name) : null;
    const contentName = snapshot?.status?.virtualMachineSnapshotContentName;
    const content =
      snapshot?.status?.readyToUse === true && typeof contentName === 'string'
        ? await this.#get(VIRTUAL_MACHINE_SNAPSHOT_CONTENT, namespace, contentName)
        : null;
    if (!content) throw missing('snapshot that is ready', name);
    const backup = bootVolumeOf(content);
    const size = backup?.persistentVolumeClaim?.spec?.resources?.requests?.storage;
    if (typeof backup?.volumeSnapshotName !== 'string') throw missing('snapshot with a boot disk', name);
    return {
      ...NOTHING_KNOWN,
      source: { volumeSnapshot: backup.volumeSnapshotName },
      size: typeof size === 'string' ? canonicalBytes(size) : null,
    };
  }

  async #get(kind: ResourceKind, namespace: string, name: string): Promise<ClusterObject | null> {
    try {
      return await this.cluster.get(kind, namespace, name);
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) return null;
      throw error;
    }
  }
}

function missing(noun: string, name: string) {
  const message = `There is no ${noun} "${name.slice(0, 128)}" in this project.`;
  return vmBootSourceMissing(message, {
    errors: [{ pointer: '/bootDisk', code: 'boot_disk.missing', message }],
  });
}

interface Disk {
  name?: string;
  bootOrder?: number;
}

/** By boot order, and without one the first disk: as KubeVirt boots. */
function bootVolumeOf(content: ClusterObject) {
  const machine = content.spec?.source?.virtualMachine?.spec?.template?.spec;
  const disks: Disk[] = machine?.domain?.devices?.disks ?? [];
  const order = (disk: Disk) => disk.bootOrder ?? Number.MAX_SAFE_INTEGER;
  const [first] = [...disks].sort((a, b) => order(a) - order(b));
  // biome-ignore lint/suspicious/noExplicitAny: narrowed by the caller.
  const backups: any[] = content.spec?.volumeBackups ?? [];
  return backups.find(({ volumeName }) => volumeName === first?.name) ?? backups[0];
}
