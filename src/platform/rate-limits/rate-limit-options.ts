/** Requests a minute; 0 for no limit. */
export abstract class RateLimitOptions {
  /** Of one account, over all of its tokens. */
  principal!: number;
  /** Of an account with a role on the platform itself. */
  platformPrincipal!: number;
  /** To all that belongs to one tenant, whoever asks. */
  tenant!: number;
  /** Credentials from one address that are good for nothing. */
  failedSignIns!: number;
  /** Where the gateways count together; null: each counts by itself. */
  redisUrl!: string | null;
}

export const RATE_LIMIT_DEFAULTS: RateLimitOptions = {
  principal: 6_000,
  platformPrincipal: 1_200_000,
  tenant: 30_000,
  failedSignIns: 300,
  redisUrl: null,
};
