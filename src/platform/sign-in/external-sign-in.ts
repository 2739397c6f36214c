/** Who somebody is by the word of somebody else: an identity provider, or the cluster. */
export interface ExternalIdentity {
  /** `<alias>/<name>`: no name of one issuer can be that of another, nor that of a local account. */
  name: string;
  /** Likewise `<alias>/<group>`. */
  groups: readonly string[];
  /** When the word has to be asked for again. */
  expiresAt: Date;
}

/** Credentials that virtgate did not make. */
export abstract class ExternalSignIn {
  /** What the names of its identities begin with. */
  abstract readonly aliases: readonly string[];
  /**
   * Null for a credential that is of no issuer known here. Throws auth.unauthenticated for one that its issuer does
   * not stand behind, service.unavailable where the issuer cannot be asked.
   */
  abstract identify(token: string): Promise<ExternalIdentity | null>;
}

/** An alias, "/", and what the issuer calls the user or group: one line of at most 200 characters. */
export const EXTERNAL_NAME =
  /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?\/[^\p{C}\p{Z}]([^\p{C}\p{Zl}\p{Zp}]{0,198}[^\p{C}\p{Z}])?$/u;

/**
 * Whether each part of a JWT is written in the one way that base64url has for its bytes. Decoders forgive other spellings,
 * and a token that was signed out must not come back under one.
 */
export const isCanonicalJwt = (token: string): boolean =>
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

/** Longer ones are of nobody; a JWT with hundreds of groups fits. */
export const LONGEST_TOKEN = 16 * 1024;
