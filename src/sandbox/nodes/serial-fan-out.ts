import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import { Duplex } from 'node:stream';
import { olderHalf } from './serial-log.js';

/** A console that has not read this many bytes is cut off, so that it cannot hold up the others. */
const maxUnreadBytes = 1 << 20;
const maxLogBytes = 256 * 1024;

/**
 * One serial line, many consoles: each reads what comes from now on, all may write. Everything read also
 * goes to a log of bounded size (the older half is in `<logPath>.1`), so that boot messages are not lost.
 */
export class SerialFanOut {
  #line: Duplex;
  readonly #consoles = new Set<Duplex>();
  readonly #logPath: string | undefined;
  #log: WriteStream | undefined;
  #logged = 0;

  constructor(line: Duplex, logPath?: string) {
    this.#line = line;
    this.#logPath = logPath;
    if (logPath) {
      this.#logged = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
      this.#openLog(logPath);
    }
    this.#listen(line);
  }

  /**
   * Goes on with another line, of the same guest in another place: first what the old one still has, which says
   * nothing any more. Consoles stay open.
   */
  async moveTo(line: Duplex): Promise<void> {
    const old = this.#line;
    this.#line = line;
    let heard = true;
    const listen = () => {
      heard = true;
    };
    old.on('data', listen);
    while (heard && !old.destroyed) {
      heard = false;
      await new Promise((resolve) => setTimeout(resolve, 2));
      await new Promise((resolve) => setImmediate(resolve));
    }
    old.off('data', listen);
    this.#listen(line);
  }

  #listen(line: Duplex): void {
    line.on('data', (chunk: Buffer) => this.#deliver(chunk));
    line.on('error', () => undefined);
    line.on('close', () => {
      if (line === this.#line) this.close();
    });
  }

  /** Refuses nothing: after the line has closed, a console ends at once. */
  open(): Duplex {
    const console = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#line.writable) {
          this.#line.write(chunk, () => done());
        } else {
          done(new Error('the serial line is closed'));
        }
      },
      final: (done) => done(),
      allowHalfOpen: false,
    });
    if (this.#line.destroyed) {
      console.push(null);
      return console;
    }
    this.#consoles.add(console);
    console.once('close', () => this.#consoles.delete(console));
    return console;
  }

  close(): void {
    this.#line.destroy();
    for (const console of this.#consoles) {
      console.push(null);
    }
    this.#consoles.clear();
    this.#log?.end();
    this.#log = undefined;
  }

  #deliver(chunk: Buffer): void {
    for (const console of this.#consoles) {
      if (console.readableLength + chunk.length > maxUnreadBytes) {
        console.destroy(new Error('console reads too slowly'));
      } else {
        console.push(chunk);
      }
    }
    this.#record(chunk);
  }

  #record(chunk: Buffer): void {
    if (!this.#logPath || !this.#log) {
      return;
    }
    if (this.#logged + chunk.length > maxLogBytes) {
      this.#log.end();
      try {
        renameSync(this.#logPath, olderHalf(this.#logPath));
      } catch {
        // The guest's directory was removed meanwhile; nothing is left to log for.
      }
      this.#logged = 0;
      this.#openLog(this.#logPath);
    }
    this.#logged += chunk.length;
    this.#log.write(chunk);
  }

  #openLog(path: string): void {
    this.#log = createWriteStream(path, { flags: 'a', mode: 0o600 });
    this.#log.on('error', () => undefined);
  }
}
