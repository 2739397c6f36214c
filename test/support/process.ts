import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOADER = fileURLToPath(new URL('./typescript-loader.js', import.meta.url));

export interface TestProcess {
  child: ChildProcess;
  /** Every line of its standard output so far. */
  lines: string[];
  /** Resolves with the first line, past or coming, that contains the text; rejects when it ends before. */
  line(text: string): Promise<string>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** A TypeScript file in a Node process of its own, for what a test wants to kill. */
export function startProcess(file: string, env: Record<string, string>): TestProcess {
  const child = spawn(process.execPath, ['--import', LOADER, '--import', 'reflect-metadata', file], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const exited = once(child, 'exit');
  const output = createInterface({ input: child.stdout! });
  output.on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    line: (text) =>
      new Promise((resolve, reject) => {
        const known = lines.find((line) => line.includes(text));
        if (known) return resolve(known);
        output.on('line', (line) => line.includes(text) && resolve(line));
        exited.then(() => reject(new Error(`The process ended before it said "${text}".`)));
      }),
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
}
