import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { importFailure } from '../../../platform/import-policy/import-failure.js';
import { CatalogContract } from '../../catalog/catalog.contract.js';
import type { SeenDisk, SeenEvent, SeenMachine, SeenVolume, Situation } from '../domain/observed.js';
import { DiagnosisCaches } from './diagnosis-caches.js';

const MAX_EVENTS = 200;

/** Puts together what is known of one machine, from memory. */
@Injectable()
export class Situations {
  constructor(
    private readonly caches: DiagnosisCaches,
    private readonly catalog: CatalogContract,
    private readonly clock: Clock,
  ) {}

  /** Undefined for a machine that is not there, or in the trash. */
  of({ namespace }: Pick<ProjectRef, 'namespace'>, name: string): Situation | undefined {
    const machine = this.caches.machines.get(namespace, name);
    if (!machine) return undefined;
    const instance = this.caches.instances.get(namespace, name) ?? null;
    const pods = instance ? this.caches.launchers.by('instance', instance.uid) : [];
    const place = instance?.node ?? pods.find(({ node }) => node !== null)?.node ?? null;
    const disks = machine.volumes.map((volume) => this.#disk(namespace, volume));
    return {
      now: this.clock.now(),
      machine,
      instance,
      pods,
      disks,
      node: place === null ? null : (this.caches.nodes.get('', place) ?? null),
      known: this.#known(machine),
      events: this.#events(machine, pods, disks),
    };
  }

  #disk(namespace: string, { name, claim: claimName }: SeenMachine['volumes'][number]): SeenDisk {
    const claim = this.caches.claims.get(namespace, claimName) ?? null;
    const dataVolume = this.caches.volumes.get(namespace, claimName) ?? null;
    const wanted = claim?.storageClass ?? null;
    const classKnown = wanted === null ? null : this.catalog.storageClass(wanted) !== undefined;
    const failure = dataVolume && dataVolume.phase !== 'Succeeded' ? failureOf(dataVolume) : null;
    return { volume: name, claimName, claim, dataVolume, failure, classKnown };
  }

  #known({ instanceType, preference, lookedUp }: SeenMachine): Situation['known'] {
    const isThere = (wanted: string | null, shared: boolean, found: (name: string) => unknown) =>
      wanted === null || !shared ? null : found(wanted) !== undefined;
    return {
      instanceType: isThere(instanceType, lookedUp.instanceType, (name) => this.catalog.instanceType(name)),
      preference: isThere(preference, lookedUp.preference, (name) => this.catalog.preference(name)),
    };
  }

  #events(machine: SeenMachine, pods: Situation['pods'], disks: readonly SeenDisk[]): SeenEvent[] {
    const { namespace, name } = machine;
    const about = [
      ['VirtualMachine', name],
      ['VirtualMachineInstance', name],
      ...pods.map((pod) => ['Pod', pod.name]),
      ...disks.flatMap(({ claimName }) => [
        ['DataVolume', claimName],
        ['PersistentVolumeClaim', claimName],
      ]),
    ];
    return (
      about
        .flatMap(([kind, of]) => this.caches.events.by('about', `${namespace}/${kind}/${of}`))
        // What an earlier machine of that name was told is not about this one.
        .filter(({ lastAt }) => lastAt >= machine.createdAt)
        .sort((one, other) => (one.lastAt < other.lastAt ? 1 : -1))
        .slice(0, MAX_EVENTS)
    );
  }
}

/** In the words of all imports. For how long it has stood still is known to the operation that watches it. */
function failureOf({ phase, progress, restarts, running }: SeenVolume): SeenDisk['failure'] {
  const failure = importFailure({ phase, progress, restarts, running }, 0, Number.POSITIVE_INFINITY);
  return failure && { code: failure.code, message: failure.message, hint: failure.hint ?? null };
}
