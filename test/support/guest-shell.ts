import { ConsoleEnd } from './console.js';
import { until } from './virtgate.js';

/** The test guest's root shell on its serial console. */
export class GuestShell {
  #answers = 0;

  private constructor(private readonly console: ConsoleEnd) {}

  /** Waits for the prompt of a guest that boots or has booted. */
  static async at(websocketUrl: string): Promise<GuestShell> {
    const console = await ConsoleEnd.open(websocketUrl);
    let turns = 0;
    await until(
      'the guest has a prompt',
      () => {
        // Whoever comes after the boot sees a prompt only when asked for one.
        if (turns++ % 20 === 0) console.type('\n');
        return /guest# /.test(console.text);
      },
      120_000,
      () => JSON.stringify(console.text.slice(-1000)),
    );
    return new GuestShell(console);
  }

  /** What a command of one line prints. */
  async run(command: string): Promise<string> {
    this.#answers += 1;
    const { length } = this.console.text;
    const n = this.#answers;
    // What was typed is printed as well: there it reads otherwise.
    this.console.type(`echo begins-$((${n})); ${command}; echo ends-$((${n}))\n`);
    const printed = new RegExp(`begins-${n}\r?\n([\\s\\S]*?)ends-${n}\r?\n`);
    const answer = () => printed.exec(this.console.text.slice(length))?.[1];
    await until(
      `the guest answers: ${command}`,
      () => answer() !== undefined,
      60_000,
      () => JSON.stringify(this.console.text.slice(length)),
    );
    return (answer() as string).replaceAll('\r\n', '\n').trim();
  }

  close(): void {
    this.console.close();
  }
}
