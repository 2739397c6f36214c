import { Injectable } from '@nestjs/common';
import { notFound, unauthenticated } from '../../../kernel/failures.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { MachineDirectory } from '../data/machine-directory.js';
import { type MachineEvent, MachineEvents } from '../data/machine-events.js';
import type { MachineRow } from '../data/machine-row.js';
import { ChangeStream } from './change-stream.js';

/** What subscriptions tell; the right to hear it is asked again at every event. */
@Injectable()
export class MachineChanges {
  constructor(
    private readonly directory: MachineDirectory,
    private readonly events: MachineEvents,
    private readonly access: AccessPort,
  ) {}

  /** The machine as it is, then every change. It may come into being later; its end is told as Terminating. */
  machine(principal: Principal, project: ProjectRef, name: string): AsyncIterableIterator<MachineRow> {
    const stream = new ChangeStream<MachineRow>((put) => {
      const stop = this.directory.onChange(({ type, row }) => {
        if (row.namespace !== project.namespace || row.name !== name) return;
        if (type === 'set') put(row);
        else if (row.state !== 'Terminating') put({ ...row, state: 'Terminating', deleting: true });
      });
      const present = this.directory.get(project, name);
      if (present) put(present);
      return stop;
    });
    return this.#allowed(principal, project, stream);
  }

  projectEvents(principal: Principal, project: ProjectRef): AsyncIterableIterator<MachineEvent> {
    const stream = new ChangeStream<MachineEvent>((put) => this.events.watch(project, put));
    return this.#allowed(principal, project, stream);
  }

  #allowed<T>(principal: Principal, project: ProjectRef, stream: ChangeStream<T>): AsyncIterableIterator<T> {
    const check = () => this.#check(principal, project);
    return {
      async next() {
        const result = await stream.next();
        try {
          if (!result.done) await check();
        } catch (error) {
          await stream.return();
          throw error;
        }
        return result;
      },
      // Ends a wait that is under way, which a generator could not.
      return: () => stream.return(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #check({ id, tokenId }: Principal, project: ProjectRef): Promise<void> {
    const present = await this.access.refresh({ id, tokenId });
    if (!present) throw unauthenticated('The credential of this subscription is no longer good.');
    if (!this.access.allows(present, 'vms:read', project)) throw notFound();
  }
}
