import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import { MachineCaches } from './machine-caches.js';
import { type MachineRow, machineRow } from './machine-row.js';
import { type MachineOrder, SortedRows } from './sorted-rows.js';

export interface RowChange {
  type: 'set' | 'delete';
  row: MachineRow;
}

type Listener = (change: RowChange) => void;
type Place = Pick<ProjectRef, 'namespace'>;

const NONE: readonly MachineRow[] = [];

/**
 * Every machine of every project as it is answered: joined from four kinds once per change, kept sorted by project.
 * A project's rows are found through its namespace alone, so a forgotten filter cannot show another tenant's.
 */
@Injectable()
export class MachineDirectory implements OnModuleInit, OnModuleDestroy {
  readonly #namespaces = new Map<string, SortedRows>();
  readonly #byUid = new Map<string, MachineRow>();
  readonly #listeners = new Set<Listener>();
  readonly #stops: (() => void)[] = [];

  constructor(
    private readonly caches: MachineCaches,
    private readonly projects: ProjectDirectory,
    private readonly catalog: CatalogContract,
  ) {}

  onModuleInit(): void {
    this.#stops.push(
      this.caches.onChange((namespace, name) => this.#refresh(namespace, name)),
      // A machine may be heard of before its project is, and its size before its instance type.
      this.projects.onChange((projects) => this.#refreshAll(projects?.map(({ namespace }) => namespace))),
      this.catalog.onChange(() => this.#refreshAll()),
    );
  }

  onModuleDestroy(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** All rows of a project in an order. The array is shared and changes with the cluster: use it, do not keep it. */
  inProject({ namespace }: Place, order: MachineOrder = 'name'): readonly MachineRow[] {
    return this.#namespaces.get(namespace)?.in(order) ?? NONE;
  }

  get({ namespace }: Place, name: string): MachineRow | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  byUid(uid: string): MachineRow | undefined {
    return this.#byUid.get(uid);
  }

  /** Told after every change that can be seen in the API, in the order of the cluster. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #refreshAll(namespaces?: readonly string[]): void {
    const { machines } = this.caches;
    const these = namespaces?.flatMap((namespace) => [...machines.inNamespace(namespace)]) ?? machines.all();
    for (const { namespace, name } of these) this.#refresh(namespace, name);
  }

  #refresh(namespace: string, name: string): void {
    const machine = this.caches.machines.get(namespace, name);
    const project = this.projects.byNamespace(namespace);
    if (!machine || !project) {
      this.#remove(namespace, name);
      return;
    }
    const instance = this.caches.instances.get(namespace, name);
    const row = machineRow(machine, project.name, {
      instance,
      nodeLost: this.caches.isLost(instance),
      lastMove: this.caches.lastMove(namespace, name),
      dataVolume: (disk) => this.caches.dataVolumes.get(namespace, disk),
      claim: (disk) => this.caches.claims.get(namespace, disk),
      instanceType: (type) => this.catalog.instanceType(type),
      preference: (preference) => this.catalog.preference(preference),
    });
    const rows = this.#rowsOf(namespace);
    const before = rows.get(name);
    if (before?.version === row.version && before.uid === row.uid) return;
    if (before && before.uid !== row.uid) this.#remove(namespace, name);
    this.#rowsOf(namespace).set(row);
    this.#byUid.set(row.uid, row);
    this.#tell({ type: 'set', row });
  }

  #remove(namespace: string, name: string): void {
    const rows = this.#namespaces.get(namespace);
    const row = rows?.delete(name);
    if (!row) return;
    if (rows?.size === 0) this.#namespaces.delete(namespace);
    this.#byUid.delete(row.uid);
    this.#tell({ type: 'delete', row });
  }

  #rowsOf(namespace: string): SortedRows {
    const known = this.#namespaces.get(namespace);
    if (known) return known;
    const rows = new SortedRows();
    this.#namespaces.set(namespace, rows);
    return rows;
  }

  #tell(change: RowChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
