import { Duplex } from 'node:stream';

/** By port: the HTTP status that it answers with, or null where nothing listens. */
export type ServedPorts = Record<string, number | null>;

/** A connection to what was told to listen there; undefined where nothing was told. Throws where nothing listens. */
export function openServed(services: ServedPorts, port: number): Duplex | undefined {
  const status = services[port];
  if (status === undefined) return undefined;
  if (status === null) throw new Error(`dial tcp :${port}: connect: connection refused`);
  return new StatusServer(status);
}

/** Answers one request, whatever it is, and hangs up. */
class StatusServer extends Duplex {
  #asked = '';

  constructor(private readonly status: number) {
    super({ allowHalfOpen: false });
  }

  override _read(): void {
    // The answer is pushed once it is asked for.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const before = this.#asked;
    this.#asked = (before + chunk.toString('latin1')).slice(-16_384);
    if (!before.includes('\r\n\r\n') && this.#asked.includes('\r\n\r\n')) {
      this.push(`HTTP/1.1 ${this.status} Simulated\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      this.push(null);
    }
    done();
  }
}
