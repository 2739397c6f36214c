import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

/**
 * Lets a test start a process of its own from TypeScript: `node --import <this file> something.ts`.
 * The same compiler and settings as the build.
 */
const { exclude: _, ...settings } = JSON.parse(
  readFileSync(new URL('../../.swcrc', import.meta.url), 'utf8'),
);

/** Of every file loaded so far: its address, and its source map as a `data:` address. */
export const sourceMaps = new Map();

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
      const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true };
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code, map } = transformSync(readFileSync(filename, 'utf8'), {
      ...settings,
      filename,
      swcrc: false,
      configFile: false,
      sourceMaps: true,
    });
    const sourceMap = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
    sourceMaps.set(url, sourceMap);
    const source = `${code}\n//# sourceMappingURL=${sourceMap}\n`;
    return { source, format: 'module', shortCircuit: true };
  },
});
