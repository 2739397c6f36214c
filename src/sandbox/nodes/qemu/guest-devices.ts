import type { GuestInterface, GuestObservation } from '../node-driver.js';
import { plugCard, pluggedCards, unplugCard } from './card-hotplug.js';
import type { GuestFiles } from './guest-files.js';
import type { GuestRecord } from './guest-record.js';
import { addVcpus, offerMemory, sizeNow } from './guest-size.js';
import { freePort, withPorts } from './network-cards.js';
import type { QmpClient } from './qmp-client.js';

type Seen = Pick<GuestObservation, 'cards' | 'vcpus' | 'memoryBytes'>;

interface Rooms {
  /** Throws while the guest does not run. */
  qmp(): QmpClient;
  save(): Promise<void>;
  changed(): void;
}

/**
 * The cards, processors and memory of one guest, as far as they change while it runs. What came is kept in its record: a
 * process that takes the guest over starts with the same machine.
 */
export class GuestDevices {
  #seen: Seen = {};
  /** One change at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly record: GuestRecord,
    private readonly files: GuestFiles,
    private readonly rooms: Rooms,
  ) {
    record.spec = { ...record.spec, interfaces: withPorts(record.spec.interfaces) };
  }

  get seen(): Seen {
    return this.#seen;
  }

  async look(qmp: QmpClient): Promise<void> {
    this.#seen = { cards: await pluggedCards(qmp), ...(await sizeNow(qmp)) };
  }

  /** The guest took memory: at a time of its own choosing. */
  async lookAgain(): Promise<void> {
    try {
      await this.look(this.rooms.qmp());
      this.rooms.changed();
    } catch {
      // It has ended.
    }
  }

  plugCard(card: GuestInterface): Promise<void> {
    return this.#inTurn(async () => {
      const { interfaces } = this.record.spec;
      const others = interfaces.filter(({ name }) => name !== card.name);
      const port =
        interfaces.find(({ name }) => name === card.name)?.port ??
        freePort(new Set(others.map((other) => other.port)));
      const placed = { ...card, port };
      // First written down: a card that nobody knows of could not be taken along.
      await this.#keep({ interfaces: [...others, placed] });
      await plugCard(this.rooms.qmp(), placed, this.files);
    });
  }

  unplugCard(name: string): Promise<void> {
    return this.#inTurn(async () => {
      await unplugCard(this.rooms.qmp(), name);
      await this.#keep({ interfaces: this.record.spec.interfaces.filter((card) => card.name !== name) });
    });
  }

  grow({ vcpus, memoryBytes }: { vcpus: number; memoryBytes: bigint }): Promise<void> {
    return this.#inTurn(async () => {
      const qmp = this.rooms.qmp();
      await addVcpus(qmp, vcpus);
      const { spec } = this.record;
      await this.#keep({
        vcpus: Math.max(vcpus, spec.vcpus),
        bootVcpus: spec.bootVcpus ?? spec.vcpus,
      });
      const addedMemoryBytes = await offerMemory(qmp, this.record.spec, memoryBytes);
      await this.#keep({ addedMemoryBytes });
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work).finally(() => this.lookAgain());
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #keep(change: Partial<GuestRecord['spec']>): Promise<void> {
    this.record.spec = { ...this.record.spec, ...change };
    return this.rooms.save();
  }
}
