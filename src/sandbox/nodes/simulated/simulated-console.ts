import { Duplex } from 'node:stream';

/** What is remembered of what was printed. */
const LOG_BYTES = 16 * 1024;

/** What its user can do to the machine from inside. */
export interface SimulatedMachine {
  powerOff(): void;
  panic(): void;
  /** It does not hear its power button any more. */
  hang(): void;
  /** From now on HTTP answers with that status on that port; null: nothing listens there. */
  serve(port: number, status: number | null): void;
}

/** A line discipline and a few commands: enough for a person to see that something answers. */
export class SimulatedConsole extends Duplex {
  readonly #hostname: string;
  #typed = '';
  #afterReturn = false;
  #paused = false;
  #held: string[] = [];
  #printed = Buffer.alloc(0);

  constructor(
    hostname: string,
    private readonly machine: SimulatedMachine,
  ) {
    super({ allowHalfOpen: false, decodeStrings: true });
    this.#hostname = hostname;
  }

  /** The end of everything that it printed. */
  get printed(): Buffer {
    return this.#printed;
  }

  /** What the machine says while it boots. */
  boot(): void {
    this.#typed = '';
    this.#say(
      `\r\nvirtgate simulated guest ready ${this.#hostname}\r\n\r\n${this.#hostname} login: root\r\n`,
    );
    this.#prompt();
  }

  /** A machine that stands still hears nothing now; it answers when it runs again. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (!paused) {
      for (const text of this.#held.splice(0)) {
        this.#hear(text);
      }
    }
  }

  override _read(): void {
    // Everything is pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = chunk.toString('utf8');
    if (this.#paused) {
      this.#held.push(text);
    } else {
      this.#hear(text);
    }
    done();
  }

  #hear(text: string): void {
    for (const character of text) {
      // A return is one key, whether it comes as CR, LF or both.
      if (character === '\r' || (character === '\n' && !this.#afterReturn)) {
        this.#enter();
      } else if (character === '\x7f' || character === '\b') {
        if (this.#typed !== '') {
          this.#typed = [...this.#typed].slice(0, -1).join('');
          this.#say('\b \b');
        }
      } else if (character === '\x03') {
        this.#typed = '';
        this.#say('^C\r\n');
        this.#prompt();
      } else if (character !== '\n' && this.#typed.length < 4_096) {
        this.#typed += character;
        this.#say(character);
      }
      this.#afterReturn = character === '\r';
    }
  }

  #enter(): void {
    this.#say('\r\n');
    const line = this.#typed.trim();
    this.#typed = '';
    if (line !== '') {
      this.#say(`${this.#answer(line).replaceAll('\n', '\r\n')}`);
    }
    this.#prompt();
  }

  #answer(line: string): string {
    const [command = '', ...words] = line.split(/\s+/);
    switch (command) {
      case 'echo':
        // As on Linux: a guest of either kind can be told to crash in the same words.
        if (line === 'echo c > /proc/sysrq-trigger') return this.#act(() => this.machine.panic());
        return `${words.join(' ').replaceAll(/["']/g, '')}\n`;
      case 'uname':
        return words.includes('-a')
          ? `Linux ${this.#hostname} 6.1.0-simulated x86_64 GNU/Linux\n`
          : 'Linux\n';
      case 'hostname':
        return `${this.#hostname}\n`;
      case 'whoami':
        return 'root\n';
      case 'poweroff':
        return this.#act(() => this.machine.powerOff());
      case 'hang':
        return this.#act(() => this.machine.hang());
      case 'serve':
        return this.#serve(words);
      case 'help':
        return 'This guest is simulated. It knows: echo, hang, help, hostname, poweroff, serve, uname, whoami\n';
      default:
        return `${command}: not found (this guest is simulated; try help)\n`;
    }
  }

  #serve([port = '', status = '']: string[]): string {
    if (!/^\d{1,5}$/.test(port) || !/^([1-5]\d\d|nothing)$/.test(status)) {
      return 'usage: serve PORT STATUS, or serve PORT nothing\n';
    }
    this.machine.serve(Number(port), status === 'nothing' ? null : Number(status));
    return `port ${port} answers ${status}\n`;
  }

  #act(action: () => void): string {
    action();
    return '';
  }

  #prompt(): void {
    this.#say(`root@${this.#hostname}:~# `);
  }

  #say(text: string): void {
    if (!this.destroyed) {
      const bytes = Buffer.from(text);
      this.#printed = Buffer.concat([this.#printed, bytes]).subarray(-LOG_BYTES);
      this.push(bytes);
    }
  }
}
