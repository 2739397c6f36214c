import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import type {
  AssociatedDisk,
  AssociatedExport,
  AssociatedResources,
} from '../domain/associated-resources.js';
import { vmNotFound } from '../domain/failures.js';
import type { ObservedMachine } from '../domain/observed.js';
import { AssociatedConsoles } from '../virtual-machines.contract.js';
import { AssociatedCaches, type ExportOfSource } from './associated-views.js';
import { MachineCaches } from './machine-caches.js';

/** The preview of a deletion: from memory, but for its consoles. */
@Injectable()
export class MachineAssociations extends AssociatedConsoles {
  #consoles: Parameters<AssociatedConsoles['tellFrom']>[0] = async () => [];

  constructor(
    private readonly caches: MachineCaches,
    private readonly associated: AssociatedCaches,
  ) {
    super();
  }

  tellFrom(source: Parameters<AssociatedConsoles['tellFrom']>[0]): void {
    this.#consoles = source;
  }

  /** Throws vm.not_found. */
  async of(project: ProjectRef, name: string): Promise<AssociatedResources> {
    const { namespace } = project;
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    const disks = disksOf(machine).map((disk) => this.#disk(machine, disk));
    const snapshots = this.associated.snapshotsOf(machine);
    return {
      virtualMachine: name,
      deleteProtection: machine.deleteProtection,
      running: this.caches.instances.get(namespace, name) !== undefined,
      disks,
      snapshots: snapshots.map((snapshot) => ({
        name: snapshot.name,
        ready: snapshot.ready,
        createdAt: snapshot.createdAt,
        size: this.associated.sizeOf(snapshot),
        onDelete: 'keep',
      })),
      consoleSessions: await this.#consoles(project, name),
      exports: [
        ...this.associated.exportsOf(namespace, 'vm', name).map((one) => exportOf(one, false)),
        ...disks.flatMap((disk) =>
          this.associated
            .exportsOf(namespace, 'disk', disk.name)
            .map((one) => exportOf(one, disk.onDelete === 'keep')),
        ),
        ...snapshots.flatMap((snapshot) =>
          this.associated.exportsOf(namespace, 'snapshot', snapshot.name).map((one) => exportOf(one, true)),
        ),
      ],
    };
  }

  #disk({ namespace, name, ownDisks }: ObservedMachine, disk: string): AssociatedDisk {
    const own = ownDisks.includes(disk);
    const users = this.caches.machines.by('claim', `${namespace}/${disk}`).map((user) => user.name);
    const size =
      this.caches.claims.get(namespace, disk)?.size ?? this.caches.dataVolumes.get(namespace, disk)?.size;
    return {
      name: disk,
      size: size ?? null,
      own,
      onDelete: own ? 'delete' : 'keep',
      usedBy: [...new Set(users)].filter((user) => user !== name).sort(),
    };
  }
}

/** All that it uses, and those that were made with it although it does not. */
export const disksOf = ({ volumes, ownDisks }: Pick<ObservedMachine, 'volumes' | 'ownDisks'>): string[] => [
  ...new Set([...volumes.flatMap(({ claim }) => claim ?? []), ...ownDisks]),
];

const exportOf = ({ name, source, sourceName }: ExportOfSource, survives: boolean): AssociatedExport => ({
  name,
  source,
  sourceName,
  survives,
});
