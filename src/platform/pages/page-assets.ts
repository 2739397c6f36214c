import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';

export interface Asset {
  type: string;
  bytes: Buffer;
  gzipped: Buffer;
}

const require = createRequire(import.meta.url);
const compress = promisify(gzip);

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

const own = (name: string) => () => readFile(new URL(`./assets/${name}`, import.meta.url));
const swagger = (name: string) => () =>
  readFile(join(dirname(require.resolve('swagger-ui-dist/package.json')), name));
/** The package's page has everything inline; its parts are served as files, so that the policy need not allow inline. */
const graphiql = (part: string) => async () => {
  const parts: Record<string, string> = require(
    join(dirname(require.resolve('@graphql-yoga/render-graphiql')), 'graphiql.js'),
  );
  return Buffer.from(parts[part] as string, 'utf8');
};

const ASSETS: Record<string, { type: string; load: () => Promise<Buffer> }> = {
  'pages.css': { type: STYLE, load: own('pages.css') },
  'logo.svg': { type: 'image/svg+xml', load: own('logo.svg') },
  'docs.js': { type: SCRIPT, load: own('docs.js') },
  'swagger-ui.css': { type: STYLE, load: swagger('swagger-ui.css') },
  'swagger-ui.js': { type: SCRIPT, load: swagger('swagger-ui-bundle.js') },
  'graphiql-start.js': { type: SCRIPT, load: own('graphiql-start.js') },
  'graphiql.css': { type: STYLE, load: graphiql('css') },
  'graphiql.js': { type: SCRIPT, load: graphiql('js') },
  'graphiql-editor-worker.js': { type: SCRIPT, load: graphiql('editorWorkerService') },
  'graphiql-json-worker.js': { type: SCRIPT, load: graphiql('jsonWorker') },
  'graphiql-graphql-worker.js': { type: SCRIPT, load: graphiql('graphqlWorker') },
};

/** The files behind the pages, from this package and from those that it installs; read when first asked for. */
@Injectable()
export class PageAssets {
  readonly #loaded = new Map<string, Promise<Asset>>();

  /** Null where there is no such file. */
  get(name: string): Promise<Asset> | null {
    const known = this.#loaded.get(name);
    if (known) return known;
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (!asset) return null;
    const loading = asset
      .load()
      .then(async (bytes) => ({ type: asset.type, bytes, gzipped: await compress(bytes) }));
    this.#loaded.set(name, loading);
    // A failure is not remembered.
    loading.catch(() => this.#loaded.delete(name));
    return loading;
  }
}
