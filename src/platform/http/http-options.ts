/** How the HTTP side of a gateway is reached and what it lets in. */
export abstract class HttpOptions {
  /** 0 lets the system choose. */
  port!: number;
  host!: string;
  /** The address that clients use, without a trailing slash; null: from the listening socket. */
  publicUrl!: string | null;
  /** Bytes of a request body. */
  bodyLimit!: number;
  /** Origins (scheme, host, port) that browsers may call from, besides our own. Empty: CORS is off. */
  allowedOrigins!: readonly string[];
  /** Addresses and networks of our own proxies, whose X-Forwarded-* are believed. */
  trustedProxies!: readonly string[];
}

export const HTTP_DEFAULTS: HttpOptions = {
  port: 8080,
  host: '127.0.0.1',
  publicUrl: null,
  bodyLimit: 1024 * 1024,
  allowedOrigins: [],
  trustedProxies: [],
};
