import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { type ImageSource, ImportError } from '../disk-images.js';
import { asDownload, type Download, type Fetching } from './image-download.js';
import { corrupt } from './image-format.js';
import { RegistryClient } from './registry-client.js';

const protocol = 'docker://';
/** Where a container disk keeps its image; nothing else of the file system matters. */
const diskFolder = 'disk/';
const maxLayers = 128;

type TarEntry = Extract extends AsyncIterable<infer Entry> ? Entry : never;

interface Descriptor {
  mediaType?: string;
  digest: string;
  size?: number;
  platform?: { architecture?: string; os?: string };
}

interface Manifest {
  mediaType?: string;
  manifests?: Descriptor[];
  layers?: Descriptor[];
}

export const isRegistryUrl = (url: string): boolean => url.startsWith(protocol);

interface ImageName {
  registry: string;
  repository: string;
  /** A tag or a digest. */
  reference: string;
}

/** Docker Hub is where a name without a host leads. Throws ImportError. */
function parseName(url: string): ImageName {
  const text = url.slice(protocol.length);
  const [path = '', digest] = text.split('@');
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const hasHost = /[.:]/.test(first) || first === 'localhost';
  const registry = hasHost ? first : 'registry-1.docker.io';
  const named = hasHost ? path.slice(slash + 1) : slash < 0 ? `library/${path}` : path;
  const colon = named.lastIndexOf(':');
  const repository = colon < 0 ? named : named.slice(0, colon);
  const reference = digest ?? (colon < 0 ? 'latest' : named.slice(colon + 1));
  if (!/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(repository) || !/^[\w][\w.:-]{0,200}$/.test(reference)) {
    throw new ImportError('not-an-image', `Could not parse image reference ${url.slice(0, 300)}`, false);
  }
  return { registry, repository, reference };
}

/**
 * The disk inside a container disk image, pulled by the OCI distribution API: the manifest (the amd64 one of
 * a list), then its layers until one holds a file below /disk. Layers are read as they come and never kept.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 */
export async function openContainerDisk(source: ImageSource, fetching: Fetching): Promise<Download> {
  const name = parseName(source.url);
  const client = new RegistryClient(name.registry, name.repository, source.credentials, fetching);
  const layers = await layersOf(client, name.reference);
  for (const layer of layers) {
    const found = await diskInLayer(await client.blob(layer.digest), layer, fetching);
    if (found) {
      return found;
    }
  }
  throw new ImportError('not-an-image', `Failed to find VM disk image file in the container image`, false);
}

/** The digest that the name stands for now. */
export async function containerDiskDigest(source: ImageSource, fetching: Fetching): Promise<string> {
  const name = parseName(source.url);
  const client = new RegistryClient(name.registry, name.repository, source.credentials, fetching);
  return (await client.manifest(name.reference)).digest;
}

async function layersOf(client: RegistryClient, reference: string): Promise<Descriptor[]> {
  let manifest = parse((await client.manifest(reference)).text);
  if (manifest.manifests) {
    const fitting = manifest.manifests.find(
      ({ platform }) => platform?.architecture === 'amd64' && (platform.os ?? 'linux') === 'linux',
    );
    if (!fitting) {
      throw new ImportError('not-an-image', 'The image is not there for linux/amd64', false);
    }
    manifest = parse((await client.manifest(fitting.digest)).text);
  }
  if (!manifest.layers || manifest.layers.length > maxLayers) {
    throw new ImportError('not-an-image', 'The registry sent no image manifest that can be read', false);
  }
  return manifest.layers;
}

function parse(text: string): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    throw new ImportError('not-an-image', 'The registry sent a manifest that is not JSON', false);
  }
}

/** Reads on until a file of /disk begins; the rest of the layer follows with its bytes, for the digest. */
async function diskInLayer(
  response: IncomingMessage,
  layer: Descriptor,
  { limits }: Fetching,
): Promise<Download | undefined> {
  const { body, discard } = asDownload(response, limits);
  const layerBytes = digested(body, layer.digest);
  const archive = extract();
  const raw = Readable.from(layerBytes, { objectMode: false });
  const type = layer.mediaType ?? '';
  const steps = type.endsWith('zstd')
    ? [raw, createZstdDecompress(), archive]
    : /gzip$/.test(type)
      ? [raw, createGunzip(), archive]
      : [raw, archive];
  let failure: Error | undefined;
  pipeline(steps as [Readable, ...NodeJS.WritableStream[]] as never, (error?: Error | null) => {
    failure = error ?? undefined;
  });
  const entries = archive[Symbol.asyncIterator]() as AsyncIterator<TarEntry>;
  const stop = () => {
    archive.destroy();
    discard();
  };
  try {
    for (;;) {
      const { done, value: entry } = await entries.next();
      if (done) {
        return undefined;
      }
      const { name, type: kind, size } = entry.header;
      const path = name.replace(/^(\.?\/)+/, '');
      if (kind === 'file' && path.startsWith(diskFolder) && !/(^|\/)\.wh\./.test(path)) {
        return { body: diskBytes(entry, entries), length: size, contentType: '', discard: stop };
      }
      entry.resume();
    }
  } catch (error) {
    stop();
    throw layerError(failure ?? error);
  }
}

async function* diskBytes(entry: TarEntry, entries: AsyncIterator<TarEntry>): AsyncGenerator<Buffer> {
  try {
    yield* entry as unknown as AsyncIterable<Buffer>;
    for (;;) {
      const { done, value } = await entries.next();
      if (done) {
        return;
      }
      value.resume();
    }
  } catch (error) {
    throw layerError(error);
  }
}

function layerError(error: unknown): unknown {
  if (error instanceof ImportError || (error as Error).name === 'AbortError') {
    return error;
  }
  return corrupt(`The layer of the image is damaged or cut off: ${(error as Error).message}`);
}

async function* digested(source: AsyncIterable<Buffer>, digest: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (digest.startsWith('sha256:') && found !== digest) {
    throw corrupt(`Digest did not match, expected ${digest}, got ${found}`);
  }
}
