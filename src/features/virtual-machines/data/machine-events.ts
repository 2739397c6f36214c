import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { ObservedEvent } from '../domain/observed.js';
import { EventCache, MachineCaches } from './machine-caches.js';
import type { MachineRow } from './machine-row.js';

/** What the cluster said about a machine, or something that it is made of. Times are RFC 3339. */
export interface MachineEvent {
  id: string;
  type: string;
  reason: string;
  message: string;
  count: number;
  firstAt: string;
  lastAt: string;
  component: string | null;
  involved: { kind: string; name: string };
}

/** Newest first: as the pager wants it for the order "-lastAt". */
export const eventKey = ({ lastAt, id }: MachineEvent): string[] => [lastAt, id];
export const EVENT_ORDER = '-lastAt';

@Injectable()
export class MachineEvents {
  constructor(
    private readonly cache: EventCache,
    private readonly caches: MachineCaches,
  ) {}

  of(row: MachineRow): MachineEvent[] {
    const { namespace, name } = row;
    const claims = row.disks.flatMap(({ claim }) => (claim === null ? [] : [claim]));
    const involved = [
      ...['VirtualMachine', 'VirtualMachineInstance', 'Pod'].map((kind) => `${kind}/${name}`),
      ...claims.flatMap((claim) => [`DataVolume/${claim}`, `PersistentVolumeClaim/${claim}`, `Pod/${claim}`]),
    ];
    return involved
      .flatMap((key) => this.cache.events.by('involved', `${namespace}/${key}`))
      .filter((event) => isAbout(event, row))
      .map(toMachineEvent)
      .sort(newestFirst);
  }

  /** Tells every event of a project as it comes in, or counts up. */
  watch({ namespace }: ProjectRef, listener: (event: MachineEvent) => void): () => void {
    return this.cache.events.onChange(({ type, view }) => {
      if (type === 'set' && view.namespace === namespace && this.#isOfMachine(view)) {
        listener(toMachineEvent(view));
      }
    });
  }

  #isOfMachine({ namespace, involved: { kind, name } }: ObservedEvent): boolean {
    if (kind === 'VirtualMachine' || kind === 'VirtualMachineInstance') return true;
    return (
      this.caches.machines.get(namespace, name) !== undefined ||
      this.caches.machines.by('claim', `${namespace}/${name}`).length > 0
    );
  }
}

/** Events outlive what they are about: those of an earlier machine of the same name are not this one's. */
function isAbout(event: ObservedEvent, { uid, createdAt }: MachineRow): boolean {
  if (event.involved.kind === 'VirtualMachine') return event.involved.uid === uid;
  return event.lastAt >= createdAt;
}

const toMachineEvent = (event: ObservedEvent): MachineEvent => ({
  id: event.uid,
  type: event.type,
  reason: event.reason,
  message: event.message,
  count: event.count,
  firstAt: event.firstAt,
  lastAt: event.lastAt,
  component: event.component,
  involved: { kind: event.involved.kind, name: event.involved.name },
});

function newestFirst(a: MachineEvent, b: MachineEvent): number {
  if (a.lastAt !== b.lastAt) return a.lastAt < b.lastAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
