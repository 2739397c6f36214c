import { renameSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of one line that a client sent. */
export interface TappedLine {
  /** What it asks for, as QMP and the guest agent's protocol say it. */
  command: string | undefined;
  args: Record<string, unknown>;
  /** Hands the line on. */
  pass(): void;
  /** Answers in the place of the other end. */
  say(bytes: Buffer | string): Socket;
}

export type Listener = (line: TappedLine) => void;

const passing: Listener = (line) => line.pass();

/**
 * Stands in the way of a unix socket, from outside of whoever uses it: whoever connects from now on speaks through the
 * tap. Lines of JSON that the client sends may be kept, passed on later or answered; bytes of the other end pass.
 */
export class SocketTap {
  listener: Listener = passing;
  private readonly ends = new Set<Socket>();
  private readonly clients = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly path: string,
    private readonly real: string,
  ) {}

  static async on(path: string): Promise<SocketTap> {
    const real = `${path}.real`;
    renameSync(path, real);
    const server = createServer();
    const tap = new SocketTap(server, path, real);
    server.on('connection', (client) => tap.#join(client));
    await new Promise<void>((done, fail) => server.once('error', fail).listen(path, done));
    return tap;
  }

  /** Keeps the next such command from the other end. `release` passes it on, unless who asked has gone meanwhile. */
  withhold(command: string): { reached: () => boolean; release: () => void } {
    let kept: TappedLine | null = null;
    this.listener = (line) => {
      if (line.command === command && !kept) kept = line;
      else line.pass();
    };
    return {
      reached: () => kept !== null,
      release: () => {
        this.listener = passing;
        kept?.pass();
      },
    };
  }

  /** The most that one client has taken of what was said to it, in bytes. */
  mostTaken(): number {
    return Math.max(0, ...[...this.clients].map((one) => one.bytesWritten - one.writableLength));
  }

  /** The socket is where it was; who speaks through the tap is cut off. */
  async close(): Promise<void> {
    for (const end of this.ends) end.destroy();
    await new Promise((done) => this.server.close(done));
    try {
      renameSync(this.real, this.path);
    } catch (error) {
      // The guest has ended, and its sockets with it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #join(client: Socket): void {
    const other = connect(this.real);
    this.clients.add(client);
    for (const [end, far] of [
      [client, other],
      [other, client],
    ] as const) {
      this.ends.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        this.ends.delete(end);
        far.destroy();
      });
    }
    other.on('data', (bytes) => client.writable && client.write(bytes));
    let rest = Buffer.alloc(0);
    client.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        this.listener(tapped(rest.subarray(0, end + 1), client, other));
        rest = rest.subarray(end + 1);
      }
    });
  }
}

function tapped(line: Buffer, client: Socket, other: Socket): TappedLine {
  const text = line.toString('latin1');
  const { execute, arguments: args = {} } = JSON.parse(text.slice(text.indexOf('{')));
  return {
    command: execute,
    args,
    pass: () => void (other.writable && other.write(line)),
    say: (bytes) => {
      if (client.writable) client.write(bytes);
      return client;
    },
  };
}
