import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { parseBytes } from '../../../kernel/quantity.js';
import type { Tx } from '../../../platform/database/database.js';
import type { Take, TakenLike } from '../../operations/operations.contract.js';
import { type Entry, type EntryType, keyOf } from '../domain/entry.js';
import { type Amounts, greater, RESOURCES } from '../domain/meters.js';
import { KnownSizes } from './known-sizes.js';
import { disksOf, findUsage } from './usage-rows.js';

type MachineTake = Extract<Take, { type: 'virtual-machine' }>;
type Machine = NonNullable<Entry['machine']>;

/** Makes entries of what operations say they take: sizes of instance types, and of what is copied. */
@Injectable()
export class ResolveTakes {
  constructor(private readonly sizes: KnownSizes) {}

  async execute(tx: Tx, project: ProjectRef, takes: readonly Take[]): Promise<Entry[]> {
    const entries = new Map<string, Entry>();
    for (const take of takes) {
      for (const entry of await this.entries(tx, project, take)) {
        const present = entries.get(keyOf(entry));
        entries.set(keyOf(entry), present ? merged(present, entry) : entry);
      }
    }
    return [...entries.values()];
  }

  private async entries(tx: Tx, project: ProjectRef, take: Take): Promise<Entry[]> {
    switch (take.type) {
      case 'virtual-machine':
        return [entry('virtual-machine', take.name, await this.machine(tx, project, take))];
      case 'disk':
        return [await this.disk(tx, project, take)];
      case 'disks-of':
        return this.disks(tx, project, take);
      case 'snapshot': {
        const held = await disksOf(tx, project.id, take.of);
        const bytes = held.reduce((sum, { amounts }) => sum + (amounts.storage ?? 0n), 0n);
        return [entry('snapshot', take.name, { snapshots: 1n, snapshotBytes: bytes })];
      }
      case 'export':
        return [entry('export', take.name, { exports: 1n })];
      case 'image':
        return [entry('image', take.name, { images: 1n })];
    }
  }

  private async machine(tx: Tx, project: ProjectRef, take: MachineTake): Promise<Partial<Amounts>> {
    const like = take.like ? await this.like(tx, project, take.like) : null;
    const { vcpus, memory } = like ?? this.sizeOf(project, take.size);
    return { vms: 1n, vcpus, memory, runningVms: take.running ? 1n : 0n };
  }

  /** A part that is not named stays what it is: 0 here, and whatever the cluster has is the greater. */
  private sizeOf(project: ProjectRef, size: MachineTake['size']): { vcpus: bigint; memory: bigint } {
    if (!size) return { vcpus: 0n, memory: 0n };
    if ('instanceType' in size) {
      const { instanceType: name } = size;
      const found = this.sizes.instanceType(name, null) ?? this.sizes.instanceType(name, project.namespace);
      return { vcpus: found?.vcpus ?? 0n, memory: found?.memory ?? 0n };
    }
    return { vcpus: BigInt(size.cpus ?? 0), memory: parseBytes(size.memory ?? '') ?? 0n };
  }

  /** A disk that is there stays where it is. */
  private async disk(
    tx: Tx,
    project: ProjectRef,
    { name, size, storageClass, image }: Extract<Take, { type: 'disk' }>,
  ): Promise<Entry> {
    const present = storageClass ? null : await findUsage(tx, project.id, 'disk', name);
    const place = storageClass || present?.storageClass || this.sizes.defaultStorageClass();
    const amounts = { disks: image ? 0n : 1n, storage: parseBytes(size) ?? 0n };
    return { ...entry('disk', name, amounts), storageClass: place };
  }

  private async disks(
    tx: Tx,
    project: ProjectRef,
    { name, like }: Extract<Take, { type: 'disks-of' }>,
  ): Promise<Entry[]> {
    const model = await this.like(tx, project, like);
    const byClass = new Map<string, { disks: bigint; storage: bigint }>();
    for (const { storageClass, size } of model?.disks ?? []) {
      // In another project, or after a class was taken away, the cluster's default is what a copy gets.
      const place = storageClass || this.sizes.defaultStorageClass();
      const sum = byClass.get(place) ?? { disks: 0n, storage: 0n };
      byClass.set(place, { disks: sum.disks + 1n, storage: sum.storage + size });
    }
    return [...byClass].map(([storageClass, amounts]) => ({
      ...entry('disks-of', name, amounts),
      storageClass,
    }));
  }

  private async like(tx: Tx, project: ProjectRef, like: TakenLike): Promise<Machine | null> {
    if ('snapshot' in like)
      return (await findUsage(tx, project.id, 'snapshot', like.snapshot))?.machine ?? null;
    const projectId = like.projectId ?? project.id;
    const machine = await findUsage(tx, projectId, 'virtual-machine', like.virtualMachine);
    const disks = await disksOf(tx, projectId, like.virtualMachine);
    return {
      vcpus: machine?.amounts.vcpus ?? 0n,
      memory: machine?.amounts.memory ?? 0n,
      disks: disks.map(({ storageClass, amounts }) => ({ storageClass, size: amounts.storage ?? 0n })),
    };
  }
}

const entry = (type: EntryType, name: string, amounts: Partial<Amounts>): Entry => ({
  type,
  name,
  storageClass: '',
  holder: null,
  amounts,
  machine: null,
});

/** One operation may name an object twice: it is one object still. */
function merged(a: Entry, b: Entry): Entry {
  const amounts = Object.fromEntries(
    RESOURCES.map((resource) => [resource, greater(a.amounts[resource] ?? 0n, b.amounts[resource] ?? 0n)]),
  );
  return { ...a, storageClass: a.storageClass || b.storageClass, amounts };
}
