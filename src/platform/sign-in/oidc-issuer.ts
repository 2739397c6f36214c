import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { unauthenticated, unavailable } from '../../kernel/failures.js';
import { EXTERNAL_NAME, type ExternalIdentity } from './external-sign-in.js';
import { isTrustworthy, type OidcIssuerOptions } from './oidc-options.js';

const TIMEOUT_MS = 5_000;
/** Where the keys are is asked again after this long. */
const DISCOVERY_LIFETIME_MS = 600_000;
/** Keys that were taken back are believed no longer than this. */
const KEYS_LIFETIME_MS = 600_000;
/** A token with an unknown key has the keys read again, but not more often than this. */
const KEYS_COOLDOWN_MS = 15_000;
const MOST_GROUPS = 500;
const LARGEST_DOCUMENT = 256 * 1024;

interface Keys {
  address: string;
  readAt: number;
  get: JWTVerifyGetKey;
}

/** Checks the tokens of one OpenID provider (OpenID Connect Discovery 1.0; RFC 7519, RFC 8725). */
export class OidcIssuer {
  #keys: Promise<Keys> | null = null;

  constructor(
    readonly options: OidcIssuerOptions,
    private readonly cooldownMs: number = KEYS_COOLDOWN_MS,
  ) {}

  /** Throws auth.unauthenticated with the reason; service.unavailable where the provider does not answer. */
  async verify(token: string): Promise<ExternalIdentity> {
    const { issuer, audiences, algorithms, clockSkewSeconds } = this.options;
    const keys = await this.#current();
    let claims: JWTPayload;
    try {
      ({ payload: claims } = await jwtVerify(token, keys.get, {
        issuer,
        audience: audiences,
        algorithms,
        clockTolerance: clockSkewSeconds,
        requiredClaims: ['exp', 'sub'],
      }));
    } catch (error) {
      throw refusalOf(error, this.options.alias);
    }
    return this.#identity(claims);
  }

  #identity(claims: JWTPayload): ExternalIdentity {
    // RFC 7800: a token bound to a key is no bearer token. OpenID Back-Channel Logout: such a token is no sign-in.
    if (claims.cnf !== undefined || claims.events !== undefined) throw refused('it is no bearer token');
    const { alias, usernameClaim, groupsClaim, clockSkewSeconds } = this.options;
    if (usernameClaim === 'email' && claims.email_verified === false)
      throw refused('its address is not verified');
    const user = at(claims, usernameClaim);
    const name = `${alias}/${typeof user === 'string' ? user : ''}`;
    if (!EXTERNAL_NAME.test(name)) throw refused('it names no user');
    return {
      name,
      groups: groupsOf(at(claims, groupsClaim), alias),
      // The same tolerance as at the check.
      expiresAt: new Date(((claims.exp as number) + clockSkewSeconds) * 1000),
    };
  }

  /** The keys, whose address is looked up anew now and then; what is known goes on while the provider is away. */
  async #current(): Promise<Keys> {
    const known = await this.#keys?.catch(() => null);
    if (known && Date.now() - known.readAt < DISCOVERY_LIFETIME_MS) return known;
    const reading = this.#discover(known ?? null);
    this.#keys = reading;
    try {
      return await reading;
    } catch (cause) {
      this.#keys = known ? Promise.resolve(known) : null;
      if (known) return known;
      throw away(this.options.alias, cause);
    }
  }

  async #discover(known: Keys | null): Promise<Keys> {
    const { issuer } = this.options;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    if (response.status !== 200 || text.length > LARGEST_DOCUMENT)
      throw new Error(`${url}: ${response.status}`);
    const document = JSON.parse(text) as { issuer?: unknown; jwks_uri?: unknown };
    if (document.issuer !== issuer) throw new Error(`${url} is the configuration of another issuer.`);
    const address = document.jwks_uri;
    if (typeof address !== 'string' || !isTrustworthy(address))
      throw new Error(`${url} names no https keys.`);
    if (known?.address === address) return { ...known, readAt: Date.now() };
    const get = createRemoteJWKSet(new URL(address), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: this.cooldownMs,
      cacheMaxAge: KEYS_LIFETIME_MS,
    });
    return { address, readAt: Date.now(), get };
  }
}

/** By its name, else along its dots. */
function at(claims: JWTPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<string, unknown>)[key];
  }, claims);
}

/** What cannot be a group gives no right. */
function groupsOf(given: unknown, alias: string): string[] {
  const names = typeof given === 'string' ? [given] : Array.isArray(given) ? given : [];
  const groups = names
    .filter((name): name is string => typeof name === 'string')
    .map((name) => `${alias}/${name}`)
    .filter((name) => EXTERNAL_NAME.test(name));
  return [...new Set(groups)].sort().slice(0, MOST_GROUPS);
}

/** Reasons that say nothing about our keys and settings but what the client needs to get a better token. */
function refusalOf(error: unknown, alias: string): Error {
  if (error instanceof errors.JWTExpired) return refused('it has expired');
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`its claim "${error.claim}" is not as it must be`);
  if (
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return refused('its signature is not that of a known key');
  }
  // The provider's keys could not be had or read.
  return away(alias, error);
}

const refused = (why: string) => unauthenticated(`The token is refused: ${why}.`);
const away = (alias: string, cause: unknown) =>
  unavailable(`The identity provider "${alias}" does not answer.`, { cause });
