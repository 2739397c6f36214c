import { isIP, type Socket } from 'node:net';
import split from 'split2';
import type { CardAddresses } from '../node-driver.js';
import { agentRecord, agentRecords, agentText } from './agent-words.js';
import { connectUnix } from './unix-socket.js';

interface AgentMessage {
  return?: unknown;
  error?: { class: string; desc: string };
}

/** More than an agent has to say: 256 file systems are about 100 KiB. What is longer is no answer. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Of one interface. */
const MAX_ADDRESSES = 64;

export const ipv4First = (addresses: readonly string[]): string[] => [
  ...addresses.filter((address) => !address.includes(':')),
  ...addresses.filter((address) => address.includes(':')),
];

/** Told to the receiver's parser as "drop what you have": a byte that is never part of UTF-8. */
const resetByte = Buffer.from([0xff]);

/**
 * Speaks to the guest's qemu-guest-agent over its virtio-serial port. The channel has no ids and keeps
 * stale bytes across reboots, so each command first synchronises with `guest-sync-delimited`.
 * One command runs at a time. Whoever is root in the guest may speak in the agent's place: only what is asked for is
 * read, and of that no more than MAX_ANSWER_BYTES; the rest waits in the guest.
 * @see https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
 */
export class GuestAgent {
  readonly #socket: Socket;
  #waiting: ((message: AgentMessage) => void) | undefined;
  #tooMuch: (() => void) | undefined;
  #bytes = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    const lines = split({ maxLength: MAX_ANSWER_BYTES, skipOverflow: true } as object);
    lines.on('data', (line: string) => this.#onLine(line));
    socket.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      lines.write(chunk);
      if (this.#bytes > MAX_ANSWER_BYTES) this.#tooMuch?.();
    });
    socket.pause();
  }

  static async connect(path: string, timeoutMs: number): Promise<GuestAgent> {
    return new GuestAgent(await connectUnix(path, timeoutMs));
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  async ping(timeoutMs = 5_000): Promise<void> {
    await this.#command('guest-ping', undefined, timeoutMs);
  }

  /** Of every interface but loopback: its addresses, IPv4 first, without link-local ones. */
  async addresses(timeoutMs = 5_000): Promise<CardAddresses[]> {
    const interfaces = await this.#command('guest-network-get-interfaces', undefined, timeoutMs);
    return agentRecords(interfaces)
      .filter(({ name }) => name !== 'lo')
      .map((card) => ({
        mac: agentText(card['hardware-address']),
        guestName: agentText(card.name),
        ipAddresses: ipv4First(
          agentRecords(card['ip-addresses'])
            .map((entry) => entry['ip-address'])
            .filter((address): address is string => typeof address === 'string' && isIP(address) !== 0)
            .filter((address) => !/^(127\.|169\.254\.|::1$|fe[89ab])/i.test(address))
            .slice(0, MAX_ADDRESSES),
        ),
      }));
  }

  /** Gives back how many file systems were frozen. Freezing waits for what is being written. */
  async freeze(timeoutMs = 20_000): Promise<number> {
    return (await this.#command('guest-fsfreeze-freeze', undefined, timeoutMs)) as number;
  }

  async thaw(timeoutMs = 10_000): Promise<void> {
    await this.#command('guest-fsfreeze-thaw', undefined, timeoutMs);
  }

  /** Replaces the user's authorized_keys. Refused for a user that the guest does not know. */
  async setAuthorizedKeys(username: string, keys: string[], timeoutMs = 10_000): Promise<void> {
    await this.#command('guest-ssh-add-authorized-keys', { username, keys, reset: true }, timeoutMs);
  }

  async isFrozen(timeoutMs = 5_000): Promise<boolean> {
    return (await this.#command('guest-fsfreeze-status', undefined, timeoutMs)) === 'frozen';
  }

  /** The answer of any command. Rejects where the agent refuses it, or does not know it. */
  async request(command: string, args: Record<string, unknown>, timeoutMs = 5_000): Promise<unknown> {
    return this.#command(command, args, timeoutMs);
  }

  /** The answer of any command without arguments, undefined where this agent does not know it. */
  async ask(command: string, timeoutMs = 5_000): Promise<unknown> {
    return this.#command(command, undefined, timeoutMs).catch((error) => {
      if (this.closed) throw error;
      return undefined;
    });
  }

  /** The agent never answers this one; it resolves when the command was handed over. */
  async reboot(timeoutMs = 5_000): Promise<void> {
    await this.#inTurn(async () => {
      await this.#synchronise(timeoutMs);
      this.#send('guest-shutdown', { mode: 'reboot' });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  async #command(
    command: string,
    args: Record<string, unknown> | undefined,
    timeoutMs: number,
  ): Promise<unknown> {
    return this.#inTurn(async () => {
      await this.#synchronise(timeoutMs);
      const answer = this.#answer(command, timeoutMs, () => true);
      this.#send(command, args);
      const message = await answer;
      if (message.error) {
        throw new Error(`guest agent refused ${command}: ${agentText(agentRecord(message.error).desc)}`);
      }
      return message.return;
    });
  }

  async #synchronise(timeoutMs: number): Promise<void> {
    const id = Math.floor(Math.random() * 2 ** 31);
    const answer = this.#answer('guest-sync-delimited', timeoutMs, (message) => message.return === id);
    this.#socket.write(resetByte);
    this.#send('guest-sync-delimited', { id });
    await answer;
  }

  #send(command: string, args?: Record<string, unknown>): void {
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
  }

  #answer(
    command: string,
    timeoutMs: number,
    wanted: (message: AgentMessage) => boolean,
  ): Promise<AgentMessage> {
    return new Promise((resolve, reject) => {
      const closed = () => done(() => reject(new Error('the guest agent channel closed')));
      const timer = setTimeout(
        () => done(() => reject(new Error(`guest agent did not answer ${command} within ${timeoutMs} ms`))),
        timeoutMs,
      );
      const done = (then: () => void) => {
        clearTimeout(timer);
        this.#socket.removeListener('close', closed);
        this.#socket.pause();
        this.#waiting = undefined;
        this.#tooMuch = undefined;
        then();
      };
      this.#socket.once('close', closed);
      this.#bytes = 0;
      this.#tooMuch = () =>
        done(() => reject(new Error(`guest agent said too much when it was asked ${command}`)));
      this.#socket.resume();
      this.#waiting = (message) => {
        if (wanted(message)) {
          done(() => resolve(message));
        }
      };
      if (this.#socket.destroyed) {
        closed();
      }
    });
  }

  #onLine(line: string): void {
    // The delimiter arrives as U+FFFD, since it is not UTF-8; what stands before it is stale.
    const text = line.slice(line.lastIndexOf('\uFFFD') + 1).trim();
    if (text === '') {
      return;
    }
    try {
      const message = JSON.parse(text);
      if (typeof message === 'object' && message !== null) this.#waiting?.(message as AgentMessage);
    } catch {
      // Half an answer from before a reboot; the next synchronisation finds the thread again.
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
