import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs a sub-command to its end. Rejects with its last lines when it fails. */
export function runOnce(
  executable: string,
  name: string,
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<void> {
  const child = spawn(process.execPath, [executable, name], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`virtgate ${name} failed (${signal ?? code}):\n${lines.slice(-10).join('\n')}`));
    });
  });
}
