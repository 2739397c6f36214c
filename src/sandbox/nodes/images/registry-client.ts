import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type ImageSource, ImportError } from '../disk-images.js';
import {
  asDownload,
  basicAuthorization,
  type Fetching,
  fetchFollowing,
  unexpectedStatus,
} from './image-download.js';
import { corrupt } from './image-format.js';

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const manifestLimit = 4 * 1024 * 1024;
const tokenLimit = 1024 * 1024;

/**
 * Reads one repository by the OCI distribution API. Over HTTPS; a host that is explicitly allowed although it
 * is private may also speak plain HTTP, as a registry on loopback does.
 */
export class RegistryClient {
  #origin: URL | undefined;
  #authorization: string | undefined;

  constructor(
    private readonly registry: string,
    private readonly repository: string,
    private readonly credentials: ImageSource['credentials'],
    private readonly fetching: Fetching,
  ) {}

  async manifest(reference: string): Promise<{ text: string; digest: string }> {
    const response = await this.#get(`manifests/${reference}`, { accept: manifestTypes });
    const text = await readText(response, manifestLimit, this.fetching);
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    if (reference.startsWith('sha256:') && reference !== digest) {
      throw corrupt(`Digest did not match, expected ${reference}, got ${digest}`);
    }
    return { text: text.toString('utf8'), digest };
  }

  blob(digest: string): Promise<IncomingMessage> {
    return this.#get(`blobs/${digest}`, {});
  }

  async #get(path: string, headers: Record<string, string>): Promise<IncomingMessage> {
    this.#origin ??= await this.#findOrigin();
    const url = new URL(`/v2/${this.repository}/${path}`, this.#origin);
    const ask = () => fetchFollowing(url, { ...this.fetching, headers, authorization: this.#authorization });
    let response = await ask();
    const challenge = response.headers['www-authenticate'];
    if (response.statusCode === 401 && challenge && !this.#authorization) {
      response.destroy();
      this.#authorization = await this.#answer(challenge);
      response = await ask();
    }
    if (response.statusCode !== 200) {
      response.destroy();
      throw registryRefusal(response, this.registry, this.repository);
    }
    return response;
  }

  async #findOrigin(): Promise<URL> {
    const { policy } = this.fetching;
    const secure = policy.check(`https://${this.registry}/`);
    const plain = new URL(`http://${this.registry}/`);
    try {
      const answer = await fetchFollowing(new URL('/v2/', secure), {
        ...this.fetching,
        authorization: undefined,
      });
      answer.destroy();
      return secure;
    } catch (error) {
      if (!policy.isAllowed(plain) || !(error instanceof ImportError) || error.refusal !== 'unreachable') {
        throw error;
      }
      return plain;
    }
  }

  /** @see https://distribution.github.io/distribution/spec/auth/token/ */
  async #answer(challenge: string): Promise<string | undefined> {
    const basic = basicAuthorization({ credentials: this.credentials });
    if (!/^bearer /i.test(challenge)) {
      return basic;
    }
    const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
    const url = this.fetching.policy.check(parameter('realm') ?? '');
    const service = parameter('service');
    if (service) {
      url.searchParams.set('service', service);
    }
    url.searchParams.set('scope', parameter('scope') ?? `repository:${this.repository}:pull`);
    const response = await fetchFollowing(url, { ...this.fetching, authorization: basic });
    if (response.statusCode !== 200) {
      response.destroy();
      throw registryRefusal(response, this.registry, this.repository);
    }
    const text = await readText(response, tokenLimit, this.fetching);
    const { token, access_token } = JSON.parse(text.toString('utf8')) as Record<string, string>;
    return `Bearer ${token ?? access_token}`;
  }
}

function registryRefusal(response: IncomingMessage, registry: string, repository: string): ImportError {
  const { statusCode } = response;
  if (statusCode === 401 || statusCode === 403) {
    return new ImportError(
      'http-status',
      `unauthorized: access to ${registry}/${repository} is denied`,
      false,
    );
  }
  if (statusCode === 404) {
    return new ImportError(
      'http-status',
      `manifest unknown: ${registry}/${repository} has no such image`,
      false,
    );
  }
  return unexpectedStatus(response);
}

async function readText(response: IncomingMessage, limit: number, { limits }: Fetching): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of asDownload(response, limits).body) {
    length += chunk.length;
    if (length > limit) {
      response.destroy();
      throw corrupt('The registry sent more than a manifest can be');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
