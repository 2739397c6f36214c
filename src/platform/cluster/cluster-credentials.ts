import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/** Where the cluster is and how to prove who virtgate is. */
export interface ClusterAccess {
  /** Origin and, where the kubeconfig has one, a path prefix; without a slash at the end. */
  server: string;
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string; rejectUnauthorized: boolean };
  /** Changes when a connection must not be used any longer (new CA, new certificate, other server). */
  fingerprint: string;
  authorization: string | null;
}

export interface CredentialOptions {
  /** Path of a kubeconfig; null means the service account of the pod. */
  kubeconfig: string | null;
  /** Accept `insecure-skip-tls-verify`. Never in production. */
  allowInsecureTls?: boolean;
}

const FRESH_MS = 10_000;

/**
 * Reads the kubeconfig through client-node, which knows tokens, files, exec plug-ins, OIDC and client certificates.
 * The file is read again when it changes, so that a rotated credential or a sandbox that was made anew is picked up
 * without a restart. Never caches longer than ten seconds.
 */
export class ClusterCredentials {
  private config: KubeConfig | null = null;
  private configVersion = '';
  private cached: { access: ClusterAccess; at: number } | null = null;
  private pending: Promise<ClusterAccess> | null = null;

  constructor(private readonly options: CredentialOptions) {}

  /** Throws an Error with a message for the operator when the configuration cannot be used. */
  async current(): Promise<ClusterAccess> {
    if (this.cached && Date.now() - this.cached.at < FRESH_MS) return this.cached.access;
    this.pending ??= this.read().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  /** Called after 401: the next request asks the file, plug-in or issuer again. */
  forget(): void {
    this.cached = null;
    this.config = null;
  }

  private async read(): Promise<ClusterAccess> {
    const config = await this.load();
    const cluster = config.getCurrentCluster();
    if (!cluster) throw new Error('The kubeconfig has no current cluster.');
    const server = serverOf(cluster.server);
    if (cluster.proxyUrl) throw new Error('proxy-url in the kubeconfig is not supported.');
    if (cluster.skipTLSVerify && !this.options.allowInsecureTls) {
      throw new Error('insecure-skip-tls-verify in the kubeconfig is refused; give the CA instead.');
    }
    const user = config.getCurrentUser();
    if (user?.impersonateUser) throw new Error('Impersonation inside the kubeconfig is not supported.');
    const options: RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const tls = {
      ca: asBuffer(options.ca),
      cert: asBuffer(options.cert),
      key: asBuffer(options.key),
      servername: options.servername,
      rejectUnauthorized: options.rejectUnauthorized !== false,
    };
    const access: ClusterAccess = {
      server,
      tls,
      fingerprint: fingerprintOf(server, tls),
      authorization: authorizationOf(options),
    };
    this.cached = { access, at: Date.now() };
    return access;
  }

  private async load(): Promise<KubeConfig> {
    const path = this.options.kubeconfig;
    const version = path === null ? 'in-cluster' : await fileVersion(path);
    if (this.config && version === this.configVersion) return this.config;
    const config = new KubeConfig();
    if (path === null) config.loadFromCluster();
    else config.loadFromFile(path);
    this.config = config;
    this.configVersion = version;
    return config;
  }
}

function serverOf(text: string): string {
  const url = new URL(text);
  if (url.protocol !== 'https:') throw new Error('The server of the kubeconfig must be an https address.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

async function fileVersion(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs}:${size}:${ino}`;
}

function asBuffer(value: RequestOptions['ca'] | RequestOptions['key']): Buffer | undefined {
  if (value === undefined) return undefined;
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string') return Buffer.from(value);
  throw new Error('The certificates of the kubeconfig are in a form that is not supported.');
}

function authorizationOf(options: RequestOptions): string | null {
  const headers = options.headers as Record<string, string | undefined>;
  if (headers.Authorization) return headers.Authorization;
  return options.auth ? `Basic ${Buffer.from(options.auth).toString('base64')}` : null;
}

function fingerprintOf(server: string, tls: ClusterAccess['tls']): string {
  const hash = createHash('sha256').update(server);
  for (const part of [tls.ca, tls.cert, tls.key]) hash.update(part ?? '-').update('\0');
  return hash.update(`${tls.servername ?? ''}\0${tls.rejectUnauthorized}`).digest('base64');
}
