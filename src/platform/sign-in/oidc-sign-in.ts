import { decodeJwt } from 'jose';
import { type ExternalIdentity, ExternalSignIn, isCanonicalJwt, LONGEST_TOKEN } from './external-sign-in.js';
import { OidcIssuer } from './oidc-issuer.js';
import type { OidcIssuerOptions } from './oidc-options.js';

/** Tokens of OpenID providers; a token's `iss` chooses the one that must stand behind it, and nothing else. */
export class OidcSignIn extends ExternalSignIn {
  readonly #issuers: ReadonlyMap<string, OidcIssuer>;
  readonly aliases: readonly string[];

  constructor(issuers: readonly OidcIssuerOptions[]) {
    super();
    this.aliases = issuers.map(({ alias }) => alias);
    this.#issuers = new Map(issuers.map((options) => [options.issuer, new OidcIssuer(options)]));
  }

  async identify(token: string): Promise<ExternalIdentity | null> {
    const issuer = this.#issuers.get(issuerOf(token) ?? '');
    return issuer ? issuer.verify(token) : null;
  }
}

function issuerOf(token: string): string | undefined {
  if (token.length > LONGEST_TOKEN || token.split('.').length !== 3) return undefined;
  if (!isCanonicalJwt(token)) return undefined;
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
