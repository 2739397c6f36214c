/** An OpenID provider whose tokens are taken, as the setting OIDC_ISSUERS describes it. */
export interface OidcIssuerOptions {
  /** Short name: users are `<alias>/<username>`, groups `<alias>/<group>`. */
  alias: string;
  /** Exactly as in the tokens' `iss`; its configuration is at `/.well-known/openid-configuration` below it. */
  issuer: string;
  /** One of them must be in the tokens' `aud`. */
  audiences: string[];
  /** The only signature algorithms taken, whatever a token says of itself. */
  algorithms: string[];
  /** Default `sub`. One that users can change by themselves lets them become somebody else. */
  usernameClaim: string;
  /** Where the groups are; a dot leads into an object (`realm_access.roles`). */
  groupsClaim: string;
  clockSkewSeconds: number;
}

/** Asymmetric ones only: who can check such a signature cannot make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const ALIAS = /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/;
/** What the cluster's own users are called. */
export const KUBERNETES_ALIAS = 'kubernetes';
const LONGEST_SKEW_SECONDS = 300;

/** Reads a JSON array of issuers. Throws an Error that says what is wrong with it. */
export function readOidcIssuers(text: string): OidcIssuerOptions[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error('is no JSON');
  }
  if (!Array.isArray(given)) throw new Error('must be a JSON array of issuers');
  const issuers = given.map(readIssuer);
  for (const field of ['alias', 'issuer'] as const) {
    if (new Set(issuers.map((issuer) => issuer[field])).size < issuers.length) {
      throw new Error(`has two issuers with the same ${field}`);
    }
  }
  return issuers;
}

function readIssuer(given: unknown): OidcIssuerOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Error('must hold objects');
  }
  const { alias, issuer, audience, algorithms, usernameClaim, groupsClaim, clockSkewSeconds, ...unknown } =
    given as Record<string, unknown>;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) throw new Error(`knows no field "${stray.slice(0, 40)}"`);
  if (typeof alias !== 'string' || !ALIAS.test(alias) || alias === KUBERNETES_ALIAS) {
    throw new Error(`needs an alias of lower case letters, digits and "-", other than "${KUBERNETES_ALIAS}"`);
  }
  if (typeof issuer !== 'string' || !isTrustworthy(issuer)) {
    throw new Error(`needs an https address as issuer of "${alias}"`);
  }
  const skew = clockSkewSeconds ?? 30;
  if (!Number.isInteger(skew) || (skew as number) < 0 || (skew as number) > LONGEST_SKEW_SECONDS) {
    throw new Error(`takes a clockSkewSeconds from 0 to ${LONGEST_SKEW_SECONDS}`);
  }
  return {
    alias,
    issuer,
    audiences: texts(audience, `audience of "${alias}"`),
    algorithms: algorithmsOf(algorithms ?? DEFAULT_ALGORITHMS, alias),
    usernameClaim: claim(usernameClaim ?? 'sub', 'usernameClaim'),
    groupsClaim: claim(groupsClaim ?? 'groups', 'groupsClaim'),
    clockSkewSeconds: skew as number,
  };
}

function texts(given: unknown, what: string): string[] {
  const list = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(list) || list.length === 0 || !list.every((text) => typeof text === 'string' && text)) {
    throw new Error(`needs the ${what}: a text or an array of texts`);
  }
  return list;
}

function algorithmsOf(given: unknown, alias: string): string[] {
  const names = texts(given, `algorithms of "${alias}"`);
  const refused = names.filter((name) => !ALGORITHMS.includes(name));
  if (refused.length > 0) throw new Error(`takes only ${ALGORITHMS.join(', ')} as algorithms`);
  return names;
}

function claim(given: unknown, field: string): string {
  if (typeof given !== 'string' || given === '') throw new Error(`needs a text as ${field}`);
  return given;
}

/** Keys that came over plain http are anybody's; a provider on this machine is for trials and tests. */
export function isTrustworthy(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, search, hash, username } = new URL(address);
  if (search || hash || username) return false;
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
  );
}
