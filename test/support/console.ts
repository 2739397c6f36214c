import { WebSocket } from 'ws';
import { type Json, until } from './virtgate.js';

/** The answer to a websocket that is not to be. */
export function refusedUpgrade(url: string): Promise<{ status: number; body: Json }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('it opened'));
    });
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString()) }),
      );
    });
  });
}

/** The far end of a console session: what it printed so far, and a keyboard. */
export class ConsoleEnd {
  text = '';
  closed: { code: number; reason: string } | null = null;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.text += data.toString('utf8');
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
  }

  static async open(url: string): Promise<ConsoleEnd> {
    const socket = new WebSocket(url);
    const end = new ConsoleEnd(socket);
    await new Promise<void>((done, fail) => {
      socket.once('open', done);
      socket.once('error', fail);
    });
    return end;
  }

  type(text: string): void {
    this.socket.send(Buffer.from(text));
  }

  async prints(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    await until(
      `the console prints ${pattern}`,
      () => pattern.test(this.text),
      timeoutMs,
      () => JSON.stringify(this.text.slice(-2000)),
    );
  }

  close(): void {
    this.socket.close();
  }
}
