import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
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
import { diskNotReady, diskSourceNotFound } from '../domain/disk-failures.js';
import { ANNOTATION } from '../domain/names.js';

/** One disk as a snapshot of a machine holds it. */
export interface SnapshotVolume {
  /** Its name within the machine. */
  volume: string;
  claim: string;
  /** Name of the VolumeSnapshot. */
  volumeSnapshot: string;
  size: string | null;
}

const POINTER = '/source/snapshot';

/** Reads from the cluster what a VirtualMachineSnapshot holds; nothing of it is kept in memory. */
@Injectable()
export class SnapshotVolumes {
  constructor(private readonly cluster: ClusterClient) {}

  /** The volume that is meant. Throws disk.source_not_found, disk.not_ready. */
  async find(namespace: string, snapshot: string, volume: string | null): Promise<SnapshotVolume> {
    const volumes = await this.#volumesOf(namespace, snapshot);
    const found = volume === null ? volumes : volumes.filter((one) => matches(one, volume));
    const [only] = found;
    if (only && found.length === 1) return only;
    const names = volumes.map((one) => one.volume).join(', ') || 'none';
    const message =
      found.length === 0
        ? `The snapshot "${snapshot}" has no such volume. It has: ${names}.`
        : `The snapshot "${snapshot}" has several volumes: say which one in source.volume. It has: ${names}.`;
    throw sourceMissing(message, '/source/volume');
  }

  async #volumesOf(namespace: string, name: string): Promise<SnapshotVolume[]> {
    const snapshot = await this.#get(VIRTUAL_MACHINE_SNAPSHOT, namespace, name);
    if (!snapshot) throw sourceMissing(`There is no snapshot "${name}" in this project.`, POINTER);
    const content = snapshot.status?.virtualMachineSnapshotContentName;
    if (snapshot.status?.readyToUse !== true || typeof content !== 'string') {
      throw diskNotReady(`The snapshot "${name}" is not ready.`, {
        hint: 'Wait until its state is Succeeded.',
      });
    }
    const held = await this.#get(VIRTUAL_MACHINE_SNAPSHOT_CONTENT, namespace, content);
    const backups: unknown[] = Array.isArray(held?.spec?.volumeBackups) ? held.spec.volumeBackups : [];
    return backups.flatMap((backup) => volumeOf(backup as Record<string, unknown>));
  }

  async #get(kind: ResourceKind, namespace: string, name: string): Promise<ClusterObject | null> {
    try {
      return await this.cluster.get(kind, namespace, name);
    } catch (error) {
      if (error instanceof Failure && error.code === 'cluster.not_found') return null;
      throw error;
    }
  }
}

const matches = ({ volume, claim }: SnapshotVolume, wanted: string): boolean =>
  volume === wanted || claim === wanted;

function volumeOf(backup: Record<string, unknown>): SnapshotVolume[] {
  // biome-ignore lint/suspicious/noExplicitAny: a claim as KubeVirt copied it.
  const claim = backup.persistentVolumeClaim as any;
  if (typeof backup.volumeSnapshotName !== 'string' || typeof backup.volumeName !== 'string') return [];
  // The claim of a filesystem is larger than the disk in it.
  const noted =
    claim?.spec?.volumeMode === 'Block' ? undefined : claim?.metadata?.annotations?.[ANNOTATION.size];
  const size = noted ?? claim?.spec?.resources?.requests?.storage;
  return [
    {
      volume: backup.volumeName,
      claim: String(claim?.metadata?.name ?? ''),
      volumeSnapshot: backup.volumeSnapshotName,
      size: typeof size === 'string' ? canonicalBytes(size) : null,
    },
  ];
}

const sourceMissing = (message: string, pointer: string): Failure =>
  diskSourceNotFound(message, { errors: [{ pointer, code: 'disk.source_not_found', message }] });
