import { createPrivateKey, type JsonWebKeyInput, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

interface Identity {
  groups: string[];
  /** Further claims in the token. */
  claims?: Record<string, unknown>;
  lifetimeSeconds?: number;
}

/** Nothing of client credentials is looked up again; the package's own books would warn that they are for trials. */
class Books {
  async upsert(): Promise<void> {}
  async find(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

const RESOURCE = 'urn:virtgate:api';

/** A real OpenID provider (oidc-provider) on loopback, whose clients sign in with their secrets. */
export class IdentityProvider {
  readonly audience = 'virtgate';
  /** Requests for the keys so far. */
  keyReads = 0;
  /** Set: it answers nothing but errors. */
  down = false;
  private readonly identities = new Map<string, Identity>();
  private handler: (...values: Parameters<ReturnType<Provider['callback']>>) => void = () => {};
  private signing!: { kid: string; jwk: JWK };

  private constructor(private readonly server: Server) {}

  static async start(): Promise<IdentityProvider> {
    const server = createServer();
    const provider = new IdentityProvider(server);
    server.on('request', (request, response) => {
      if (request.url?.endsWith('/jwks')) provider.keyReads += 1;
      if (provider.down) response.writeHead(503).end();
      else provider.handler(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    await provider.rotate();
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Has somebody in its books from now on. */
  async enrol(name: string, identity: Identity): Promise<void> {
    this.identities.set(name, identity);
    this.serve();
  }

  /** New keys; the old ones are gone at once. */
  async rotate(): Promise<void> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = `key-${Math.random().toString(36).slice(2)}`;
    this.signing = { kid, jwk: { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' } };
    this.serve();
  }

  /** A token over the wire, as any client gets it (RFC 6749 §4.4, RFC 8707, RFC 9068). */
  async token(name: string): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${name}:secret-of-${name}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: RESOURCE }),
    });
    const answer = (await response.json()) as { access_token?: string };
    if (!answer.access_token) throw new Error(`no token: ${JSON.stringify(answer)}`);
    return answer.access_token;
  }

  /** A token with the provider's own key, but with claims that the provider would not choose. */
  forge(claims: Record<string, unknown>, header: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: this.issuer, aud: this.audience, sub: 'ada', iat: now, exp: now + 600, ...claims };
    for (const [key, value] of Object.entries(payload))
      if (value === undefined) delete (payload as never)[key];
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256', kid: this.signing.kid, ...header })}.${part(payload)}`;
    const key = createPrivateKey({ key: this.signing.jwk as JsonWebKeyInput['key'], format: 'jwk' });
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private serve(): void {
    const provider = new Provider(this.issuer, {
      clients: [...this.identities.keys()].map((name) => ({
        client_id: name,
        client_secret: `secret-of-${name}`,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      })),
      adapter: Books,
      jwks: { keys: [this.signing.jwk] },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context: unknown, _resource: string, client: { clientId: string }) => ({
            scope: '',
            audience: this.audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: this.identities.get(client.clientId)?.lifetimeSeconds ?? 600,
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      extraTokenClaims: (_context: unknown, token: { clientId: string }) => {
        const { groups = [], claims = {} } = this.identities.get(token.clientId) ?? {};
        return { groups, ...claims };
      },
      ttl: {
        ClientCredentials: (_context: unknown, token: { resourceServer?: { accessTokenTTL: number } }) =>
          token.resourceServer?.accessTokenTTL ?? 600,
      },
    });
    this.handler = provider.callback();
  }
}
