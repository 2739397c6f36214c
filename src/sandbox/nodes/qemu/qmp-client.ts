import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import split from 'split2';
import { connectUnix } from './unix-socket.js';

/** What QEMU said no to. `code` is QMP's error class, such as `GenericError` or `DeviceNotFound`. */
export class QmpError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'QmpError';
  }
}

export interface QmpEvent {
  event: string;
  data: Record<string, unknown>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

interface QmpMessage {
  QMP?: unknown;
  id?: number;
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
  data?: Record<string, unknown>;
}

/**
 * A client of the QEMU Machine Protocol: one JSON object a line, answers matched by id.
 * Emits `event` (QmpEvent) and `close`.
 * @see https://www.qemu.org/docs/master/interop/qmp-spec.html
 */
export class QmpClient extends EventEmitter<{ event: [QmpEvent]; close: [] }> {
  readonly #socket: Socket;
  /** When the connection has ended and its last event was told. */
  readonly whenClosed: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #closed = false;

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('error', () => undefined);
    this.whenClosed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#onClose();
        resolve();
      });
    });
    const lines = socket.pipe(split());
    lines.on('data', (line: string) => this.#onLine(line));
    lines.on('error', () => socket.destroy());
  }

  /** Connects, waits for the greeting and leaves negotiation mode. Only one client can be served at a time. */
  static async connect(path: string, timeoutMs: number, goOn?: () => boolean): Promise<QmpClient> {
    const client = new QmpClient(await connectUnix(path, timeoutMs, goOn));
    try {
      await client.execute('qmp_capabilities', undefined, timeoutMs);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Rejects with QmpError for a refusal, Error when the connection ends or the answer takes too long. */
  execute<T = unknown>(command: string, args?: Record<string, unknown>, timeoutMs = 10_000): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new Error(`QEMU is gone; ${command} was not sent`));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`QEMU did not answer ${command} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\r\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onLine(line: string): void {
    if (line.trim() === '') {
      return;
    }
    let message: QmpMessage;
    try {
      message = JSON.parse(line) as QmpMessage;
    } catch {
      this.#socket.destroy();
      return;
    }
    if (message.event) {
      this.emit('event', { event: message.event, data: message.data ?? {} });
      return;
    }
    const pending = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (!pending || message.id === undefined) {
      return;
    }
    this.#pending.delete(message.id);
    clearTimeout(pending.timer);
    if (message.error) {
      pending.reject(new QmpError(message.error.class, message.error.desc));
    } else {
      pending.resolve(message.return);
    }
  }

  #onClose(): void {
    this.#closed = true;
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new Error('QEMU closed the connection'));
    }
    this.#pending.clear();
    this.emit('close');
  }
}
