import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { Failure } from '../../kernel/failure.js';
import { AllowedHosts } from './allowed-hosts.js';
import { askHeaders, type SourceHeaders } from './ask-headers.js';
import {
  importNotAnImage,
  importSourceTimeout,
  importSourceUnavailable,
  importUrlForbidden,
} from './import-failures.js';
import { ImportPolicy, type ImportProbe, type SourceAccess } from './import-policy.js';
import { isPrivateName, isPublicAddress } from './public-address.js';
import { readSourceUrl, type SourceUrl } from './source-url.js';

export interface ImportPolicyOptions {
  /** `IMPORT_ALLOWED_HOSTS`. */
  allowedHosts: readonly string[];
  /** Milliseconds for a whole probe. Default 10 s. */
  timeout?: number;
  /** All addresses of a name, as the system finds them; for tests of names that change. */
  resolve?: (host: string) => Promise<string[]>;
}

const MAX_REDIRECTS = 5;
const RESOLVE_MS = 5_000;
const PAGES = /^(?:text\/html|application\/(?:xhtml\+xml|json|problem\+json|ld\+json))\s*(?:;|$)/i;

/**
 * What a gateway can close, this closes: spelling, names, addresses, redirects, and rebinding for its own request. The
 * importer resolves once more by itself inside the cluster; only an egress policy there closes that gap.
 */
export class CheckedImportPolicy extends ImportPolicy {
  private readonly allowed: AllowedHosts;
  private readonly resolve: (host: string) => Promise<string[]>;
  private readonly timeout: number;

  constructor(options: ImportPolicyOptions) {
    super();
    this.allowed = new AllowedHosts(options.allowedHosts);
    this.resolve = options.resolve ?? systemAddresses;
    this.timeout = options.timeout ?? 10_000;
  }

  async check(url: string): Promise<void> {
    const source = readSourceUrl(url);
    // An allowed name need not be known to the gateway's own resolver.
    if (!this.allowed.has(source.host, source.port)) await this.addresses(source);
  }

  async probe(url: string, access: SourceAccess = {}): Promise<ImportProbe> {
    const { source, headers } = await this.ask(url, access);
    return result(source, headers);
  }

  async reach(url: string, access: Pick<SourceAccess, 'certificates'> = {}): Promise<void> {
    const source = readSourceUrl(url);
    const { certificates } = access;
    await askHeaders(source.url, await this.addresses(source), AbortSignal.timeout(this.timeout), {
      certificates,
    });
  }

  /** Follows redirects, each of them checked. */
  private async ask(
    url: string,
    { credentials, certificates }: SourceAccess,
  ): Promise<{ source: SourceUrl; headers: SourceHeaders }> {
    const deadline = AbortSignal.timeout(this.timeout);
    const { origin } = readSourceUrl(url).url;
    let next = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const source = readSourceUrl(next);
      const addresses = await this.addresses(source);
      const headers = await askHeaders(source.url, addresses, deadline, {
        credentials: source.url.origin === origin ? credentials : null,
        certificates,
      });
      if (headers.location === null) return { source, headers };
      if (!URL.canParse(headers.location, source.url.href)) {
        throw importSourceUnavailable('The source redirects to an address that cannot be read.');
      }
      next = new URL(headers.location, source.url).href;
    }
    throw importSourceUnavailable(`The source redirects more than ${MAX_REDIRECTS} times.`);
  }

  /** Every address that the host may be connected at; throws unless all of them are allowed. */
  private async addresses({ host, port, isAddress }: SourceUrl): Promise<string[]> {
    const named = this.allowed.has(host, port);
    if (!named && !isAddress && isPrivateName(host)) throw forbidden(host);
    const addresses = isAddress ? [host] : await this.resolved(host);
    // One public address beside a private one is how a name slips through: all count.
    const fine = (address: string) => named || isPublicAddress(address) || this.allowed.has(address, port);
    if (!addresses.every(fine)) throw forbidden(host);
    return addresses;
  }

  private async resolved(host: string): Promise<string[]> {
    const giveUp = new AbortController();
    const late = sleep(RESOLVE_MS, null, { signal: giveUp.signal }).catch(() => null);
    try {
      const addresses = await Promise.race([this.resolve(host), late]);
      if (addresses === null) throw importSourceTimeout(`The name "${host}" is not resolved in time.`);
      if (addresses.length === 0) throw new Error('no addresses');
      return addresses.map((address) =>
        ipaddr.isValid(address) ? ipaddr.parse(address).toString() : address,
      );
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw importSourceUnavailable(`The name "${host}" does not resolve.`, { cause });
    } finally {
      giveUp.abort();
    }
  }
}

async function systemAddresses(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** Says nothing of addresses: what a private name resolves to is not the caller's to know. */
function forbidden(host: string) {
  return importUrlForbidden(`Images may not be imported from "${host}".`);
}

function result(source: SourceUrl, { status, contentLength, contentType }: SourceHeaders): ImportProbe {
  if (status < 200 || status >= 300) {
    throw importSourceUnavailable(`The source answers ${status}.`, { details: { status } });
  }
  if (contentType && PAGES.test(contentType)) {
    throw importNotAnImage(`The source delivers ${contentType.split(';')[0]?.trim()}, not a disk image.`);
  }
  return { finalUrl: source.url.href, status, contentLength, contentType };
}
