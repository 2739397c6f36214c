import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PageFile {
  file: string | URL;
  type: string;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

const require = createRequire(import.meta.url);
export const own = (file: string): URL => new URL(`./assets/${file}`, import.meta.url);

/** What the pages load, by the name below /console/assets, and nothing else of this machine's files. */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ['console.js', { file: own('console.js'), type: SCRIPT }],
  ['screen.js', { file: own('screen.js'), type: SCRIPT }],
  ['console.css', { file: own('console.css'), type: STYLE }],
  ['xterm.js', { file: require.resolve('@xterm/xterm/lib/xterm.js'), type: SCRIPT }],
  ['xterm.css', { file: require.resolve('@xterm/xterm/css/xterm.css'), type: STYLE }],
  ['addon-fit.js', { file: require.resolve('@xterm/addon-fit/lib/addon-fit.js'), type: SCRIPT }],
  ...noVnc(),
]);

/** noVNC is a tree of modules that import each other by relative paths. */
function noVnc(): [string, PageFile][] {
  const root = dirname(dirname(require.resolve('@novnc/novnc')));
  return ['core', 'vendor'].flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name): [string, PageFile] => [
        `novnc/${directory}/${name}`,
        { file: join(root, directory, name), type: SCRIPT },
      ]),
  );
}
