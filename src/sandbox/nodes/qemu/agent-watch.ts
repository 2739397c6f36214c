import type { CardAddresses, GuestSystem } from '../node-driver.js';
import { GuestAgent, ipv4First } from './guest-agent.js';
import { askGuestSystem } from './guest-system.js';
import type { QmpClient } from './qmp-client.js';

const untilAddressedMs = 2_000;
const onceAddressedMs = 15_000;

/** Knows whether the guest's agent listens and which addresses it reports. */
export class AgentWatch {
  readonly #agent: GuestAgent;
  readonly #changed: () => void;
  #connected = false;
  #addresses: CardAddresses[] = [];
  #system: GuestSystem | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #told = false;
  #session = 0;

  private constructor(agent: GuestAgent, changed: () => void) {
    this.#agent = agent;
    this.#changed = changed;
  }

  static async connect(socketPath: string, changed: () => void): Promise<AgentWatch> {
    return new AgentWatch(await GuestAgent.connect(socketPath, 5_000), changed);
  }

  /** Goes on where another watch was whose guest has moved, and heard nothing of it. */
  static async takeOver(socketPath: string, before: AgentWatch, changed: () => void): Promise<AgentWatch> {
    const watch = await AgentWatch.connect(socketPath, changed);
    watch.#connected = before.#connected;
    watch.#addresses = before.#addresses;
    watch.#system = before.#system;
    watch.#session = before.#session;
    if (watch.#connected) watch.#schedule(untilAddressedMs);
    return watch;
  }

  /** Asks once; from then on the events tell. An event that came meanwhile is newer than the answer. */
  async lookAt(qmp: QmpClient): Promise<void> {
    const ports = await qmp.execute<{ label: string; 'frontend-open': boolean }[]>('query-chardev');
    if (!this.#told) {
      this.#setConnected(ports.some((port) => port.label === 'agent' && port['frontend-open']));
    }
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** How often it has begun to listen. */
  get session(): number {
    return this.#session;
  }

  get ipAddresses(): readonly string[] {
    return ipv4First(this.#addresses.flatMap(({ ipAddresses }) => ipAddresses));
  }

  get addresses(): readonly CardAddresses[] {
    return this.#addresses;
  }

  /** What the guest told of itself when it was last asked. */
  get system(): GuestSystem | undefined {
    return this.#system;
  }

  /** The agent while it listens. */
  get agent(): GuestAgent | undefined {
    return this.#connected && !this.#agent.closed ? this.#agent : undefined;
  }

  /** The data of a VSERPORT_CHANGE event. */
  onPortChange(data: Record<string, unknown>): void {
    if (data.id === 'agent') {
      this.#told = true;
      this.#setConnected(data.open === true);
    }
  }

  reboot(): Promise<void> {
    return this.#agent.reboot();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#agent.close();
  }

  #setConnected(connected: boolean): void {
    if (connected === this.#connected || this.#closed) {
      return;
    }
    this.#connected = connected;
    this.#addresses = [];
    this.#system = undefined;
    clearTimeout(this.#timer);
    if (connected) {
      this.#session += 1;
      this.#schedule(0);
    }
    this.#changed();
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#look(), delayMs);
    this.#timer.unref();
  }

  /** A frozen guest tells nothing; what it told before stands. */
  async #lookInside(): Promise<void> {
    const system = await askGuestSystem(this.#agent);
    if (!this.#connected || this.#closed || system.agentVersion === '') return;
    const isNews = JSON.stringify(system) !== JSON.stringify(this.#system);
    this.#system = system;
    if (isNews) this.#changed();
  }

  async #look(): Promise<void> {
    try {
      const addresses = await this.#agent.addresses();
      if (this.#connected && !this.#closed && JSON.stringify(addresses) !== JSON.stringify(this.#addresses)) {
        this.#addresses = addresses;
        this.#changed();
      }
      await this.#lookInside();
    } catch {
      // Not every agent knows the command, and a guest under load answers late: the next look may do.
    }
    if (this.#connected && !this.#closed) {
      clearTimeout(this.#timer);
      this.#schedule(this.ipAddresses.length > 0 ? onceAddressedMs : untilAddressedMs);
    }
  }
}
