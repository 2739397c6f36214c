import { type ChildProcess, spawn } from 'node:child_process';

/** Relative imports end in `.js` in our sources; a plain Node finds the `.ts` beside them with this. */
const resolveSources = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    const isSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(isSource ? specifier.replace(/\\.js$/, '.ts') : specifier, context);
  },
});`;

/** Runs a TypeScript file in a process of its own, without a build. Standard output is a pipe. */
export function spawnTypeScript(file: string, args: string[]): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--no-warnings',
      '--experimental-transform-types',
      '--import',
      `data:text/javascript,${encodeURIComponent(resolveSources)}`,
      file,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
}
