import { lookup as systemLookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { ImportError } from '../disk-images.js';

/** What the filter lets pass as unicast although it leads inside. */
const insideAddresses = [
  // Azure's wire server answers on a public address.
  ipaddr.parseCIDR('168.63.129.16/32'),
  // IPv4-compatible IPv6, deprecated: some stacks still take ::127.0.0.1 for what it says.
  ipaddr.parseCIDR('::/96'),
];

function isInside(address: string): boolean {
  if (!ipaddr.isValid(address)) {
    return false;
  }
  const parsed = ipaddr.parse(address);
  return insideAddresses.some(
    ([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits),
  );
}

/**
 * Decides where image downloads may go. Addresses are judged when the connection is made, after the name
 * was resolved, so a name that answers differently the second time gains nothing.
 */
export class ImportAddressPolicy {
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #lookup: LookupFunction;

  /** @param allowedHosts names, IPs or `host:port` that may be private; compared with what the URL says. */
  constructor(allowedHosts: readonly string[], lookup: LookupFunction = systemLookup as LookupFunction) {
    this.#allowedHosts = new Set(allowedHosts.map((host) => host.trim().toLowerCase()).filter(Boolean));
    this.#lookup = lookup;
  }

  /** The parsed URL, or an ImportError `forbidden-address` that says which rule it breaks. */
  check(text: string, base?: URL): URL {
    let url: URL;
    try {
      url = new URL(text, base);
    } catch {
      throw forbidden(`Not a URL: ${text.slice(0, 200)}`);
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw forbidden(`Images are fetched over http and https, not ${url.protocol.replace(':', '')}`);
    }
    if (url.username !== '' || url.password !== '') {
      throw forbidden('The URL of an image must not carry credentials');
    }
    const host = unbracketed(url.hostname);
    // RFC 6761: these names are loopback, whatever a resolver makes of them.
    const isLocalhost = /(^|\.)localhost\.?$/.test(host);
    if (!this.isAllowed(url) && (isLocalhost || isInside(host))) {
      throw forbidden(`Address ${host} is not allowed`);
    }
    return url;
  }

  isAllowed(url: URL): boolean {
    const host = unbracketed(url.hostname);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return [host, url.hostname, `${host}:${port}`, `${url.hostname}:${port}`].some((name) =>
      this.#allowedHosts.has(name),
    );
  }

  /** An agent for one request, and the resolver to give to that request. */
  connectionFor(url: URL): { agent: http.Agent; lookup: LookupFunction } {
    const secure = url.protocol === 'https:';
    if (this.isAllowed(url)) {
      return { agent: secure ? new https.Agent() : new http.Agent(), lookup: this.#lookup };
    }
    return {
      agent: secure ? new RequestFilteringHttpsAgent() : new RequestFilteringHttpAgent(),
      lookup: this.#guardedLookup,
    };
  }

  readonly #guardedLookup: LookupFunction = (hostname, options, done) => {
    this.#lookup(hostname, options, (error, answer, family) => {
      const addresses = typeof answer === 'string' ? [answer] : (answer ?? []).map((entry) => entry.address);
      const inside = addresses.find(isInside);
      if (!error && inside) {
        done(forbidden(`${hostname} is ${inside}, an address that is not allowed`), '', 0);
        return;
      }
      done(error, answer, family);
    });
  };
}

/** The filter's own refusals have no code, only these words. */
export function isFilterRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.message.startsWith('DNS lookup ') &&
    error.message.includes('is not allowed')
  );
}

export function forbidden(message: string): ImportError {
  return new ImportError('forbidden-address', message, false);
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}
