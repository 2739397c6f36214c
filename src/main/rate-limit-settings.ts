import type { RateLimitOptions } from '../platform/rate-limits/rate-limit-options.js';
import type { Settings } from './config/settings.js';

/** How much anybody may ask of a gateway. */
export const rateLimits = (settings: Settings): RateLimitOptions => ({
  principal: settings.RATE_LIMIT_PRINCIPAL,
  platformPrincipal: settings.RATE_LIMIT_PLATFORM,
  tenant: settings.RATE_LIMIT_TENANT,
  failedSignIns: settings.RATE_LIMIT_FAILED_SIGN_INS,
  redisUrl: settings.REDIS_URL,
});
