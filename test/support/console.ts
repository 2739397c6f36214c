import { WebSocket } from 'ws';
import { until } from './virtgate.js';

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
